"""Supported boards, one small module each, and those that users bring."""

from pathlib import Path

from lls_hw.boards.arty_a7 import ARTY_A7
from lls_hw.boards.board import Board, BoardError
from lls_hw.boards.colorlight_5a75b import COLORLIGHT_5A75B
from lls_hw.boards.colorlight_i5 import COLORLIGHT_I5
from lls_hw.boards.ecpix5 import ECPIX5
from lls_hw.boards.icebreaker import ICEBREAKER
from lls_hw.boards.nexys4ddr import NEXYS4DDR
from lls_hw.boards.orangecrab import ORANGECRAB
from lls_hw.boards.own import board_in, installed_board, installed_boards, is_file
from lls_hw.boards.ulx3s import ULX3S
from lls_hw.contract.usb import is_ours
from lls_hw.contract.usb import product as product_name

__all__ = ["BOARDS", "board_names", "boards_at", "find_board"]

_ALL = (
    ULX3S, ORANGECRAB, COLORLIGHT_I5, COLORLIGHT_5A75B, ECPIX5, ICEBREAKER, ARTY_A7, NEXYS4DDR,
)  # fmt: skip
BOARDS: dict[str, Board] = {board.name: board for board in _ALL}
"""The boards of this package by name."""


def board_names() -> list[str]:
    """Names of all boards, those of installed packages among them."""
    return list(dict.fromkeys([*BOARDS, *installed_boards()]))


def find_board(name: str) -> Board:
    """The board of that name, or in that Python file; BoardError lists the known names."""
    if is_file(name):
        return board_in(Path(name))
    wanted, others = name.lower().replace("_", "-"), installed_boards()
    if wanted in BOARDS:
        return BOARDS[wanted]
    if name in others:
        return installed_board(others[name])
    raise BoardError(
        f"There is no board {name!r}; the boards are {', '.join(board_names())}. A board of your "
        "own is a .py file."
    )


def boards_at(vendor: int, product: int, text: str) -> list[Board]:
    """Boards that a serial port on USB may belong to, by its numbers and the name it reports.

    A name that tells a board leaves the others out. A board that is on USB itself tells its title.
    """
    if is_ours(vendor, product, None):
        return [board for board in _ALL if board.usb_socket and product_name(board.title) in text]
    ids = [(board, board.usb) for board in _ALL if board.usb is not None]
    found = [(b, usb) for b, usb in ids if (usb.vendor, usb.product) == (vendor, product)]
    named = [b for b, usb in found if usb.text and usb.text.lower() in text.lower()]
    return named or [b for b, _ in found]
