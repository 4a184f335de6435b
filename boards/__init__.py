"""Supported boards, one small module each."""

from lls_hw.boards.arty_a7 import ARTY_A7
from lls_hw.boards.board import Board, BoardError
from lls_hw.boards.colorlight_5a75b import COLORLIGHT_5A75B
from lls_hw.boards.colorlight_i5 import COLORLIGHT_I5
from lls_hw.boards.ecpix5 import ECPIX5
from lls_hw.boards.icebreaker import ICEBREAKER
from lls_hw.boards.nexys4ddr import NEXYS4DDR
from lls_hw.boards.orangecrab import ORANGECRAB
from lls_hw.boards.ulx3s import ULX3S

__all__ = ["BOARDS", "find_board"]

_ALL = (
    ULX3S, ORANGECRAB, COLORLIGHT_I5, COLORLIGHT_5A75B, ECPIX5, ICEBREAKER, ARTY_A7, NEXYS4DDR,
)  # fmt: skip
BOARDS: dict[str, Board] = {board.name: board for board in _ALL}
"""All boards by name."""


def find_board(name: str) -> Board:
    """The board of that name; BoardError lists the known ones."""
    try:
        return BOARDS[name.lower()]
    except KeyError:
        raise BoardError(
            f"There is no board {name!r}; the boards are {', '.join(BOARDS)}."
        ) from None
