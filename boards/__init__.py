"""Boards that bitstreams can be built for, one small module each."""

from boards.arty_a7 import ARTY_A7
from boards.board import Board, BoardError
from boards.colorlight_5a75b import COLORLIGHT_5A75B
from boards.colorlight_i5 import COLORLIGHT_I5
from boards.ecpix5 import ECPIX5
from boards.icebreaker import ICEBREAKER
from boards.nexys4ddr import NEXYS4DDR
from boards.orangecrab import ORANGECRAB
from boards.ulx3s import ULX3S

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
