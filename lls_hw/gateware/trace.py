"""Trace of a run: when each operation began and ended."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.memory.ram import Ram

__all__ = ["Trace"]


class Trace(wiring.Component):
    """Cycle numbers of the starts and ends of operations, by descriptor.

    Element 2 * descriptor holds the cycle in which its operation started, the element behind it
    the first cycle in which its unit was idle again; both count from the start of the run, as
    `program.schedule` does. Array and local update unit have a memory each, because their events
    may coincide; bit `program_depth * 2` of `read_addr` chooses the local update unit's.
    `read_data` follows `read_addr` by 2 cycles; the last event is seen a cycle late.

    Members
    -------
    cycle : cycles of the run so far, this one included.
    index : descriptor that is issued now. array_index : of the operation that starts.
    array_start, array_busy, local_start, local_busy : what the units do.
    """

    def __init__(self, config: Config) -> None:
        self._index = ceil_log2(config.program_depth)
        super().__init__(
            {
                "cycle": In(32),
                "index": In(self._index),
                "array_index": In(self._index),
                "array_start": In(1),
                "array_busy": In(1),
                "local_start": In(1),
                "local_busy": In(1),
                "read_addr": In(self._index + 2),
                "read_data": Out(32),
            }
        )

    def elaborate(self, platform):
        m = Module()
        units = (
            ("array", self.array_index, self.array_start, self.array_busy),
            ("local", self.index, self.local_start, self.local_busy),
        )
        memories = []
        for name, index, start, busy in units:
            m.submodules[name] = memory = Ram(32, 2 << self._index)
            before, end = Signal(name=f"{name}_before"), Signal(name=f"{name}_end")
            current = Signal(self._index, name=f"{name}_current")
            ended = Signal(self._index, name=f"{name}_ended")
            again = Signal(name=f"{name}_again")
            # A unit may start again in the cycle in which it is seen idle, so the end is written
            # in the next one; or in the one after that, if the unit starts just then.
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
            m.d.comb += memory.read.addr.eq(self.read_addr)
            memories.append(memory)
        array, local = memories
        late = Signal(2)
        m.d.sync += late.eq(Cat(self.read_addr[-1], late[0]))
        m.d.comb += self.read_data.eq(Mux(late[1], local.read.data, array.read.data))
        return m
