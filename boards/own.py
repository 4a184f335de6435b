"""Boards of users: from a Python file, or from an installed package that announces them."""

import re
import sys
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from lls_hw.boards.board import Board, BoardError

__all__ = ["GROUP", "board_in", "installed_board", "installed_boards", "is_file"]

GROUP = "lls_hw.boards"
"""Group of the entry points with which an installed package announces its boards."""
_NEEDED = ("clock", "rx", "tx", "alive")
"""Ports of the top module without which a board is of no use."""


def is_file(name: str) -> bool:
    """Whether a board's name is that of a Python file."""
    return name.endswith(".py")


def board_in(path: Path) -> Board:
    """The board that a Python file defines; BoardError says what is wrong with the file."""
    where = f"The board file {path}"
    if not path.is_file():
        raise BoardError(f"{where} does not exist or is no file; check its name.")
    module = _module(path, where)
    found = {id(value): value for value in vars(module).values() if isinstance(value, Board)}
    if len(found) != 1:
        names = ", ".join(board.name for board in found.values())
        defined = f"defines {len(found)} boards ({names})" if found else "defines no Board"
        raise BoardError(f"{where} {defined}; it must define exactly one.")
    (board,) = found.values()
    return _checked(board, where)


def installed_boards() -> dict[str, EntryPoint]:
    """Boards of installed packages, by name; nothing of them is imported yet."""
    return {point.name: point for point in entry_points(group=GROUP)}


def installed_board(point: EntryPoint) -> Board:
    """The board of an entry point; BoardError says what is wrong with the package."""
    where = f"The installed board {point.name!r} ({point.value})"
    try:
        board = point.load()
    except Exception as error:
        raise _broken(where, error) from error
    if not isinstance(board, Board):
        raise BoardError(f"{where} is {board!r}; it must be a lls_hw.boards.board.Board.")
    return _checked(board, where)


def _module(path: Path, where: str) -> ModuleType:
    """The file's module. It stays under its name, so that the board finds its platform there."""
    name = f"lls_hw_board_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _broken(where, error) from error
    return module


def _broken(where: str, error: Exception) -> BoardError:
    """What is wrong with code that is not ours, in one line."""
    kind, said = type(error).__name__, " ".join(str(error).split())
    return BoardError(f"{where} cannot be used ({kind}: {said}); mend it.")


def _checked(board: Board, where: str) -> Board:
    """The board; BoardError if it contradicts itself."""
    if not re.fullmatch(r"[\w.-]+", board.name):
        raise BoardError(
            f"{where}: its name is {board.name!r}; use letters, digits, '-', '_' and '.' only."
        )
    if board.default not in board.variants:
        raise BoardError(
            f"{where}: its default variant is {board.default!r}; "
            f"it has {', '.join(board.variants)}."
        )
    missing = [name for name in _NEEDED if name not in board.ports]
    if missing:
        raise BoardError(f"{where}: its ports lack {', '.join(missing)}; name their pins.")
    return board
