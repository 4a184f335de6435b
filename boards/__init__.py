"""Boards that bitstreams can be built for, one small module each."""

from boards.board import Board, BoardError
from boards.ulx3s import ULX3S

__all__ = ["BOARDS", "find_board"]

BOARDS: dict[str, Board] = {board.name: board for board in (ULX3S,)}
"""All boards by name."""


def find_board(name: str) -> Board:
    """The board of that name; BoardError lists the known ones."""
    try:
        return BOARDS[name.lower()]
    except KeyError:
        raise BoardError(
            f"There is no board {name!r}; the boards are {', '.join(BOARDS)}."
        ) from None
