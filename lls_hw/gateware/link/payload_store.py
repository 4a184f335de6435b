"""Payload store: keeps the payload of a frame until the frame has proved good."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import CRC_BYTES, POSITION_BITS
from lls_hw.gateware.link.ports import Progress

__all__ = ["PayloadStore"]


class PayloadStore(wiring.Component):
    """A queue whose newest bytes, those of the frame that is arriving, can be taken back.

    Takes and gives one byte a cycle. A byte can leave 2 cycles after the verdict on its frame.

    Parameters
    ----------
    depth : bytes, a power of two.

    Members
    -------
    i : payload and CRC of the frame that is arriving.
    verdict : the frame is complete: 1 keeps its payload, 0 drops it.
    overflow : a byte of the frame did not fit.
    o : the payload that was kept.
    progress : bytes kept, and bytes that have left.
    clear : forget everything, start at position 0.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8, always_ready=True)),
                "verdict": In(stream.Signature(1, always_ready=True)),
                "overflow": Out(1),
                "o": Out(stream.Signature(8)),
                "progress": Out(Progress()),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self._depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        received, consumed = self.progress.received, self.progress.consumed
        end, level = Signal(POSITION_BITS), Signal(POSITION_BITS)
        kept = Signal(POSITION_BITS)
        m.d.comb += [
            level.eq(end - consumed),
            kept.eq(end - CRC_BYTES),
            write.addr.eq(end),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & ~level[ceil_log2(self._depth)]),
            # One byte is read ahead: it waits in the memory's output register.
            read.addr.eq(consumed),
            read.en.eq((consumed != received) & (self.o.ready | ~self.o.valid)),
            self.o.payload.eq(read.data),
        ]
        with m.If(self.verdict.valid):
            m.d.sync += [end.eq(received), self.overflow.eq(0)]
            with m.If(self.verdict.payload):
                m.d.sync += [end.eq(kept), received.eq(kept)]
        with m.Elif(self.i.valid):
            m.d.sync += end.eq(end + write.en)
            m.d.sync += self.overflow.eq(self.overflow | ~write.en)
        with m.If(read.en):
            m.d.sync += [self.o.valid.eq(1), consumed.eq(consumed + 1)]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.clear):
            m.d.sync += [end.eq(0), received.eq(0), consumed.eq(0), self.o.valid.eq(0)]
        return m
