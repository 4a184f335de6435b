"""Memory of channel states that change in place."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect
from amaranth.utils import ceil_log2

from lls_hw.contract.latency import STATE_CYCLES
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = ["StateMemory"]


class StateMemory(wiring.Component):
    """Reads a state, waits for what becomes of it, and writes it back.

    With `ask` in cycle t, `old` is there in cycle t + READ_LATENCY, and `new` is written in cycle
    t + CYCLES; one state a cycle. A state may be asked for again before it has been written, or in
    the same cycle, if it does not change the first time, as with gradients of padding. A second
    memory has a copy for the columns.

    Parameters
    ----------
    depth, layout : number and layout of states.
    copied : function from a state to what the copy has of it.

    Members
    -------
    ask, addr : a state changes. old, new : before and after.
    copy : read port of the copy, Ram.LATENCY cycles.
    host_write, host_read : of whole states, while nothing asks.
    """

    READ_LATENCY = Ram.LATENCY
    CYCLES = STATE_CYCLES

    def __init__(self, depth: int, layout, copied) -> None:
        self._depth, self._layout, self._copied = depth, layout, copied
        super().__init__(
            {
                "ask": In(1),
                "addr": In(ceil_log2(depth)),
                "old": Out(layout),
                "new": In(layout),
                "copy": In(ReadPort(depth, len(copied(Signal(layout))))),
                "host_write": In(WritePort(depth, layout)),
                "host_read": In(ReadPort(depth, layout)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        host, written = self.host_write, Signal(self._layout)
        copied = self._copied(written)
        m.submodules.states = states = Ram(self._layout.size, self._depth)
        m.submodules.copies = copies = Ram(len(copied), self._depth)
        connect(m, wiring.flipped(self.copy), copies.read)
        enable, addr = (
            delay(m, self.ask, self.CYCLES, "ask"),
            delay(m, self.addr, self.CYCLES, "addr"),
        )
        again = self.ask & (self.addr == addr)  # a read must not meet a write
        m.d.comb += [
            states.read.addr.eq(Mux(self.ask, self.addr, self.host_read.addr)),
            self.old.eq(states.read.data),
            self.host_read.data.eq(states.read.data),
            written.eq(Mux(host.enable, host.data, self.new)),
            states.write.enable.eq((enable & ~again) | host.enable),
            states.write.addr.eq(Mux(host.enable, host.addr, addr)),
            states.write.data.eq(written),
            copies.write.enable.eq(states.write.enable),
            copies.write.addr.eq(states.write.addr),
            copies.write.data.eq(copied),
        ]
        return m
