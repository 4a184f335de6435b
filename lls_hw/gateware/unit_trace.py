"""Trace of one unit: when each of its operations began and ended."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import ReadPort

__all__ = ["UnitEvents", "UnitTrace"]

_BITS = 32


class UnitEvents(wiring.Signature):
    """What a unit does, seen from the part that knows.

    `start` is a strobe, in the cycle in which `index` is the number of the operation's
    descriptor. `busy` may be low in that cycle, and is high from the next one to the last of the
    operation.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {"index": Out(ceil_log2(config.program_depth)), "start": Out(1), "busy": Out(1)}
        )


class UnitTrace(wiring.Component):
    """Keeps the cycle numbers of the starts and ends of a unit's operations.

    Word 2 * index holds the cycle in which the operation started, the word after it the first
    cycle in which the unit was idle again; both count from the start of the run, as
    `program.schedule` does. `read.data` follows `read.addr` by `LATENCY` cycles; an event can be
    read from the third cycle after it on.

    Members
    -------
    cycle : cycles of the run so far, this one included.
    events : what the unit does.
    read : starts and ends.
    """

    LATENCY = Ram.LATENCY

    def __init__(self, config: Config) -> None:
        self._depth = 2 * config.program_depth
        super().__init__(
            {
                "cycle": In(_BITS),
                "events": In(UnitEvents(config)),
                "read": In(ReadPort(self._depth, _BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Ram(_BITS, self._depth)
        connect(m, flipped(self.read), memory.read)
        index, start, busy = self.events.index, self.events.start, self.events.busy
        current, ended = Signal.like(index), Signal.like(index)
        before, end, again = Signal(), Signal(), Signal()
        # A unit may start again in the cycle in which it is seen idle, so the end is written in
        # the next one; or in the one after that, if the unit starts just then.
        m.d.sync += [
            before.eq(busy | start),
            end.eq(before & ~busy),
            again.eq(end & start),
            ended.eq(current),
        ]
        with m.If(start):
            m.d.sync += current.eq(index)
        m.d.sync += [
            memory.write.enable.eq(start | end | again),
            memory.write.addr.eq(Cat(~start, Mux(start, index, ended))),
            memory.write.data.eq(self.cycle - Cat(end & ~start, again)),
        ]
        return m
