"""Pin constraints of a board in Lattice's LPF format, from its amaranth-boards platform."""

from typing import Any

from boards.board import Board, Port

__all__ = ["oscillator", "preferences"]


def oscillator(board: Board, platform: Any) -> float:
    """Frequency of the board's oscillator in MHz."""
    return float(platform.resources[board.clock, 0].clock.frequency) / 1e6


def preferences(board: Board, platform: Any) -> str:
    """The LPF file: site and electrical attributes of each port, period of the oscillator."""
    lines = ["BLOCK ASYNCPATHS;", "BLOCK RESETPATHS;"]
    for name, port in board.ports.items():
        site, attributes = _pin(platform, port)
        settings = " ".join(f"{key}={value}" for key, value in attributes.items())
        lines += [f'LOCATE COMP "{name}" SITE "{site}";', f'IOBUF PORT "{name}" {settings};']
        if port.resource == board.clock:
            lines.append(f'FREQUENCY PORT "{name}" {oscillator(board, platform):g} MHZ;')
    return "\n".join(lines) + "\n"


def _pin(platform: Any, port: Port) -> tuple[str, dict[str, str]]:
    """Site and attributes of a port; attributes of a part override those of its resource."""
    resource = platform.resources[port.resource, port.number]
    attributes = dict(resource.attrs)
    (pins,) = (
        resource.ios
        if port.part is None
        else [part for part in resource.ios if part.name == port.part]
    )
    if port.part is not None:
        attributes |= pins.attrs
        (pins,) = pins.ios
    (site,) = pins.names
    return site, attributes
