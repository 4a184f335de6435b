"""Counters of a run: what the engine did with its cycles."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.counters import COUNTER_BITS, COUNTER_NAMES, PORTS, USES, port_counter

__all__ = ["CounterValues", "Counters", "PortUses"]

_USES = tuple(port_counter(port, use) for port in PORTS for use in USES)


class CounterValues(wiring.Signature):
    """The value of each counter, named like its register in lower case."""

    def __init__(self) -> None:
        super().__init__({name: Out(COUNTER_BITS) for name in COUNTER_NAMES})


class PortUses(wiring.Signature):
    """Events of the counters of the external memory's ports, named like them."""

    def __init__(self) -> None:
        super().__init__({name: Out(1) for name in _USES})


class Counters(wiring.Component):
    """Counts, for each counter, the cycles in which its event was there since `clear`.

    An event is counted in the cycle after it, modulo 2**32. One that comes with `clear` is not.

    Members
    -------
    clear : a run starts.
    <counter> : its event, named like its register in lower case. uses : those of `PortUses`.
    values : counts.
    """

    def __init__(self) -> None:
        events = {name: In(1) for name in COUNTER_NAMES if name not in _USES}
        uses = {"uses": In(PortUses())}
        super().__init__({"clear": In(1), **events, **uses, "values": Out(CounterValues())})

    def elaborate(self, platform):
        m = Module()
        for name in COUNTER_NAMES:
            count = getattr(self.values, name)
            event = getattr(self.uses if name in _USES else self, name)
            m.d.sync += count.eq(count + event)
            with m.If(self.clear):
                m.d.sync += count.eq(0)
        return m
