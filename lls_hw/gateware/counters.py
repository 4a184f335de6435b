"""Counters of a run: what the engine did with its cycles."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.registers import Register

__all__ = ["COUNTERS", "CounterValues", "Counters"]

COUNTERS = (
    Register.CYCLES,
    Register.FORWARD_BEATS,
    Register.GRADIENT_BEATS,
    Register.LOCAL_CYCLES,
    Register.WAIT_CYCLES,
)
"""Counters of the last run, each a register."""
_BITS = 32


class CounterValues(wiring.Signature):
    """The value of each counter, named like its register in lower case."""

    def __init__(self) -> None:
        super().__init__({register.name.lower(): Out(_BITS) for register in COUNTERS})


class Counters(wiring.Component):
    """Counts, for each counter, the cycles in which its event was there since `clear`.

    An event is counted in the cycle after it, modulo 2**32. One that comes with `clear` is not.

    Members
    -------
    clear : a run starts.
    <counter> : its event, named like its register in lower case.
    values : counts.
    """

    def __init__(self) -> None:
        events = {register.name.lower(): In(1) for register in COUNTERS}
        super().__init__({"clear": In(1), **events, "values": Out(CounterValues())})

    def elaborate(self, platform):
        m = Module()
        for register in COUNTERS:
            name = register.name.lower()
            count = getattr(self.values, name)
            m.d.sync += count.eq(count + getattr(self, name))
            with m.If(self.clear):
                m.d.sync += count.eq(0)
        return m
