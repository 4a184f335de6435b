"""What carries the bytes between host and board: a serial line, or the board's own USB."""

from typing import Any

from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.options import OptionError
from lls_hw.boards.board import UART, USB, Board
from lls_hw.contract.line import rate_text
from lls_hw.contract.usb import SERIAL_RATE, product
from lls_hw.gateware.link.usb_ports import WIRES
from lls_hw.tools.packages import require

__all__ = ["choose_link", "line_rate", "links_text", "make_usb"]


def choose_link(board: Board, flow: Flow, wanted: str | None) -> str:
    """The link that is wanted, or the board's default; OptionError if the board lacks it."""
    link = wanted or board.link
    if link == USB:
        if board.usb_socket is None or flow.PADS is None:
            raise OptionError(
                f"The {board.title} has no USB socket that is wired to its FPGA; use --link {UART}."
            )
        require("luna", "USB needs LUNA")
    return link


def line_rate(board: Board, link: str, wanted: int | None = None) -> int:
    """Bits a second of the serial line, or of one that carries as much as USB.

    `wanted` is a rate in place of the board's; OptionError if the link has none.
    """
    if link == UART:
        return wanted or board.baud
    if wanted is not None:
        raise OptionError(f"USB has no rate to choose; leave --baud out, or use --link {UART}.")
    return SERIAL_RATE


def make_usb(board: Board, flow: Flow, source: float) -> Any:
    """USB as a transport, see `Top`; `source` is the frequency of the oscillator in MHz."""
    from lls_hw.gateware.link.usb import Usb  # needs LUNA, which not everybody has

    return Usb(product(board.title), flow.usb_clock(source), flow.PADS(2, WIRES))


def links_text(board: Board) -> str:
    """The board's links in words, the default first."""
    serial = rate_text(board.baud)
    if board.usb_socket is None:
        return serial
    return f"USB or {serial}" if board.link == USB else f"{serial} or USB"
