"""Pin constraints of a board in the formats of the tools."""

from typing import Any

from lls_hw.bitstream.pins import board_pins, memory_pins, oscillator
from lls_hw.boards.board import UART, Board

__all__ = ["lpf", "pcf", "xdc"]


def lpf(board: Board, platform: Any, memory: bool = False, link: str = UART) -> str:
    """Lattice ECP5: site and electrical attributes of each port, period of the oscillator.

    With `memory`, the design uses the board's SDRAM. `link` is one of `LINKS`.
    """
    lines = ["BLOCK ASYNCPATHS;", "BLOCK RESETPATHS;"]
    pins = board_pins(board, platform, link) | (memory_pins(board, platform) if memory else {})
    for name, pin in pins.items():
        settings = " ".join(f"{key}={value}" for key, value in pin.attributes.items())
        lines += [f'LOCATE COMP "{name}" SITE "{pin.site}";', f'IOBUF PORT "{name}" {settings};']
    lines.append(f'FREQUENCY PORT "clock" {oscillator(board, platform):g} MHZ;')
    return "\n".join(lines) + "\n"


def pcf(board: Board, platform: Any) -> str:
    """Lattice iCE40: site and pull-up of each port, frequency of the oscillator."""
    lines = []
    for name, pin in board_pins(board, platform).items():
        pull_up = " -pullup yes" if str(pin.attributes.get("PULLUP", 0)) == "1" else ""
        lines.append(f"set_io{pull_up} {name} {pin.site}")
    lines.append(f"set_frequency clock {oscillator(board, platform):g}")
    return "\n".join(lines) + "\n"


def xdc(board: Board, platform: Any) -> str:
    """Xilinx: site and electrical attributes of each port, period of the oscillator."""
    lines = []
    for name, pin in board_pins(board, platform).items():
        for key, value in {"PACKAGE_PIN": pin.site, **pin.attributes}.items():
            lines.append(f"set_property {key} {value} [get_ports {name}]")
    period = 1e3 / oscillator(board, platform)
    lines.append(f"create_clock -name clock -period {period:g} [get_ports clock]")
    return "\n".join(lines) + "\n"
