"""Pins of a board: the sites of the top module's ports, from the board's platform."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from lls_hw.boards.board import UART, USB, Board, BoardError, Port
from lls_hw.gateware.link.usb_ports import PULLUP, WIRES

__all__ = ["Pin", "board_pins", "memory_pins", "memory_widths", "oscillator"]

_MEMORY_PARTS = {
    "clk": "clk", "cke": "clk_en", "cs_n": "cs", "ras_n": "ras", "cas_n": "cas", "we_n": "we",
    "ba": "ba", "a": "a", "dqm": "dqm", "dq": "dq",
}  # fmt: skip
"""Part of the SDRAM's resource for each pin; a board without the part has tied the pin."""
_UART_PORTS = ("rx", "tx")
_USB_PARTS = {f"{WIRES}[0]": "d_p", f"{WIRES}[1]": "d_n", PULLUP: "pullup"}
"""Part of the USB socket's resource for each port or port bit."""


@dataclass(frozen=True)
class Pin:
    """One pin of the device."""

    site: str
    attributes: dict[str, str]
    """Electrical settings, with the vendor's names."""
    inverted: bool
    """Whether the pin is active low."""


def oscillator(board: Board, platform: Any) -> float:
    """Frequency of the board's oscillator in MHz."""
    resource = _resource(board, platform, board.clock, 0)
    if resource.clock is None:
        raise BoardError(
            f"The {board.title}'s resource {board.clock!r} has no Clock; add its frequency."
        )
    return float(resource.clock.frequency) / 1e6


def board_pins(board: Board, platform: Any, link: str = UART) -> dict[str, Pin]:
    """The pin of each port, or port bit, of the top module with that link."""
    ports = board.ports
    if link == USB and board.usb_socket is not None:
        socket = board.usb_socket
        parts = {name: replace(socket, part=part) for name, part in _USB_PARTS.items()}
        ports = {name: port for name, port in ports.items() if name not in _UART_PORTS} | parts
    return {name: _pin(board, platform, port) for name, port in ports.items()}


def memory_pins(board: Board, platform: Any) -> dict[str, Pin]:
    """The pins of the board's SDRAM, by the name of the top module's port or port bit."""
    if board.sdram is None:
        return {}
    resource = _resource(board, platform, board.sdram.resource, board.sdram.number)
    parts = {part.name: part for part in resource.ios}
    found: dict[str, Pin] = {}
    for name, part in _MEMORY_PARTS.items():
        if part not in parts:
            continue
        attributes = {**resource.attrs, **parts[part].attrs}
        (pins,) = parts[part].ios
        for bit, pin in enumerate(pins.names):
            # A port of one bit has no index.
            index = f"[{bit}]" if len(pins.names) > 1 else ""
            found[f"sdram_{name}{index}"] = Pin(_site(platform, pin), attributes, False)
    return found


def memory_widths(board: Board, platform: Any) -> dict[str, int]:
    """How many pins of each kind lead to the board's SDRAM, by their names in `SdramPins`."""
    ports = (name.partition("[")[0] for name in memory_pins(board, platform))
    return dict(Counter(port.removeprefix("sdram_") for port in ports))


def _resource(board: Board, platform: Any, name: str, number: int) -> Any:
    """A resource of the platform; BoardError if it has none of that name and number."""
    try:
        return platform.resources[name, number]
    except KeyError:
        known = ", ".join(f"{name} {number}" for name, number in platform.resources)
        raise BoardError(
            f"The {board.title}'s platform has no resource {name} {number}; it has {known}."
        ) from None


def _pin(board: Board, platform: Any, port: Port) -> Pin:
    """Attributes of a part override those of its resource."""
    resource = _resource(board, platform, port.resource, port.number)
    attributes, ios = dict(resource.attrs), resource.ios
    if port.part is not None:
        parts = [part for part in ios if part.name == port.part]
        if len(parts) == 1:
            attributes |= parts[0].attrs
            ios = parts[0].ios
    if len(ios) != 1 or len(getattr(ios[0], "names", ())) != 1:
        part = "" if port.part is None else f", part {port.part}"
        raise BoardError(
            f"The {board.title}'s resource {port.resource} {port.number}{part} is not one pin; "
            "name a part that is."
        )
    (name,) = ios[0].names
    return Pin(_site(platform, name), attributes, ios[0].invert)


def _site(platform: Any, name: str) -> str:
    """Site of a pin, or of a connector's pin ``connector_number:pin``."""
    connector, separator, pin = name.partition(":")
    if not separator:
        return name
    kind, _, number = connector.rpartition("_")
    return str(platform.connectors[kind, int(number)].mapping[pin])
