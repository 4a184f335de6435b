"""Signatures of memory ports, seen from the part that asks: `Out` there, `In` at the memory."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = ["ReadPort", "WritePort"]


class ReadPort(wiring.Signature):
    """One word a cycle: `data` is the word whose `addr` was there a fixed number of cycles ago.

    The memory says how many: its LATENCY.

    Parameters
    ----------
    depth : words of the memory.
    shape : of a word.
    """

    def __init__(self, depth, shape) -> None:
        super().__init__({"addr": Out(ceil_log2(depth)), "data": In(shape)})


class WritePort(wiring.Signature):
    """One word a cycle: `data` goes to `addr` where `enable` is set.

    Parameters
    ----------
    depth : words of the memory.
    shape : of a word.
    lanes : equal parts of a word, each with its own bit of `enable`.
    """

    def __init__(self, depth, shape, lanes: int = 1) -> None:
        super().__init__({"enable": Out(lanes), "addr": Out(ceil_log2(depth)), "data": Out(shape)})
