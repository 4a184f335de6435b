"""Arrays, lists and texts of a pickle, read without Python's unpickler: no object of it is made."""

import pickletools
import warnings
from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PickleError", "read_pickle"]


class PickleError(ValueError):
    """A pickle that is damaged, or that has more in it than bytes, numbers and arrays of bytes."""


class _Name(NamedTuple):
    """What a pickle calls, by module and name; nothing is imported."""

    module: str
    name: str


class _Array:
    """An array of bytes, whose shape and content come after it."""

    content: NDArray[np.uint8] | None = None


_BYTES = object()
"""NumPy's data type uint8."""
_AXES = 4
"""At most so many has an array."""


def read_pickle(content: bytes) -> dict[bytes, Any]:
    """The dictionary that a pickle holds; PickleError for anything but data.

    Keys and texts are bytes. Values may be bytes, numbers, lists and tuples of them, dictionaries,
    and arrays of unsigned bytes.
    """
    reader = _Reader(room=len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in names, which are refused
            for opcode, argument, _ in pickletools.genops(content):
                step = _STEPS.get(opcode.name)
                if step is None:
                    raise PickleError(f"it has the instruction {opcode.name}")
                step(reader, argument)
        (found,) = reader.stack
    except PickleError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise PickleError(str(error) or type(error).__name__) from error
    if not isinstance(found, dict):
        raise PickleError(f"it holds a {type(found).__name__} and no dictionary")
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: object) -> object:
    """An array in place of what it was built in."""
    return value.content if isinstance(value, _Array) else value


class _Reader:
    """The stack and the memo of a pickle; texts made by calls have at most `room` bytes."""

    def __init__(self, room: int) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.room = room

    def push(self, value: object) -> None:
        """Any value."""
        self.stack.append(value)

    def many(self) -> list[Any]:
        """Takes all values down to the last mark."""
        place = self.marks.pop()
        taken, self.stack[place:] = self.stack[place:], []
        return taken

    def few(self, count: int) -> None:
        """Makes a tuple of the last values."""
        taken = [self.stack.pop() for _ in range(count)]
        self.push(tuple(reversed(taken)))

    def global_name(self, argument: str) -> None:
        """A module and a name, separated by a space."""
        self.push(_Name(*argument.split(" ", 1)))

    def stack_global(self) -> None:
        """The same from the stack."""
        name, module = self.stack.pop(), self.stack.pop()
        self.push(_Name(module.decode(), name.decode()))

    def call(self) -> None:
        """Makes an array, its data type, or bytes of a text; PickleError for any other call."""
        arguments, called = self.stack.pop(), self.stack.pop()
        match called, arguments:
            case ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct"), _:
                self.push(_Array())
            case ("numpy", "dtype"), (b"u1", *_):
                self.push(_BYTES)
            case ("_codecs", "encode"), (bytes(text), b"latin1"):
                self.room -= len(text)
                if self.room < 0:
                    raise PickleError("it makes more of its texts than it has")
                self.push(text.decode().encode("latin-1"))
            case ("numpy", "dtype"), _:
                raise PickleError("it has an array that is not one of bytes")
            case _:
                raise PickleError(f"it calls {'.'.join(called):.60}")

    def build(self) -> None:
        """Gives an array its shape and content; a data type needs nothing more."""
        state, target = self.stack.pop(), self.stack[-1]
        if target is _BYTES:
            return
        _, shape, kind, by_columns, content = state
        if kind is not _BYTES or len(shape) > _AXES or prod(shape) != len(content):
            raise PickleError("it has an array whose shape and content do not match")
        flat = np.frombuffer(content, np.uint8)
        target.content = flat.reshape(shape, order="F" if by_columns else "C")

    def set_items(self, items: list[Any]) -> None:
        """Keys and values by turns, for the dictionary below them."""
        if not all(isinstance(key, bytes) for key in items[::2]):
            raise PickleError("it has a dictionary whose keys are no texts")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def set_item(self) -> None:
        """One key and its value."""
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])


_Step = Callable[[_Reader, Any], object]


def _push(reader: _Reader, argument: Any) -> None:
    reader.push(argument)


def _push_text(reader: _Reader, argument: str) -> None:
    reader.push(argument.encode())


def _keep(reader: _Reader, argument: Any) -> None:
    reader.memo[len(reader.memo) if argument is None else argument] = reader.stack[-1]


def _append(reader: _Reader, argument: Any) -> None:
    value = reader.stack.pop()
    reader.stack[-1].append(value)


_STEPS: dict[str, _Step] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda reader, _: None),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "NONE"), _push),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"), _push),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _push_text),
    **dict.fromkeys(
        ("SHORT_BINSTRING", "BINSTRING"), lambda reader, text: reader.push(text.encode("latin-1"))
    ),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _keep),
    **dict.fromkeys(
        ("BINGET", "LONG_BINGET"), lambda reader, number: reader.push(reader.memo[number])
    ),
    "NEWTRUE": lambda reader, _: reader.push(True),
    "NEWFALSE": lambda reader, _: reader.push(False),
    "MARK": lambda reader, _: reader.marks.append(len(reader.stack)),
    "EMPTY_DICT": lambda reader, _: reader.push({}),
    "EMPTY_LIST": lambda reader, _: reader.push([]),
    "EMPTY_TUPLE": lambda reader, _: reader.push(()),
    "APPEND": _append,
    "APPENDS": lambda reader, _: (taken := reader.many(), reader.stack[-1].extend(taken)),
    "TUPLE": lambda reader, _: reader.push(tuple(reader.many())),
    "TUPLE1": lambda reader, _: reader.few(1),
    "TUPLE2": lambda reader, _: reader.few(2),
    "TUPLE3": lambda reader, _: reader.few(3),
    "GLOBAL": _Reader.global_name,
    "STACK_GLOBAL": lambda reader, _: reader.stack_global(),
    "REDUCE": lambda reader, _: reader.call(),
    "BUILD": lambda reader, _: reader.build(),
    "SETITEM": lambda reader, _: reader.set_item(),
    "SETITEMS": lambda reader, _: reader.set_items(reader.many()),
}
"""What each instruction does; all others are refused."""
