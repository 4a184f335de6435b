"""Reply store: keeps the replies until the host has them."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import MAX_REPLY_BYTES, POSITION_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.link.ports import ACKNOWLEDGE_LAYOUT, ReplyRead

__all__ = ["ReplyStore"]


class ReplyStore(wiring.Component):
    """A queue that can be read again from the oldest byte that was not acknowledged.

    Takes and gives one byte a cycle. A byte is there to be read one cycle after it was taken; it
    is `worth` a frame one cycle later.

    Parameters
    ----------
    depth : bytes, a power of two, at least 2 * MAX_REPLY_BYTES.

    Members
    -------
    i : the stream of replies; waits while the store is full.
    hold : more replies follow soon: a frame is not worth sending before they fill it.
    acknowledge : what the host has. An old one changes nothing; of two in a row the first counts.
    read : the sender's access.
    clear : forget everything, start at position 0; drop what arrives at `i`.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "hold": In(1),
                "acknowledge": In(stream.Signature(ACKNOWLEDGE_LAYOUT, always_ready=True)),
                "read": In(ReplyRead()),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self._depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        head, tail, level, unsent, advance, held = (
            Signal(POSITION_BITS, name=name)
            for name in ("head", "tail", "level", "unsent", "advance", "held")
        )
        position = self.read.position
        full, more, bits = Signal(), Signal(), ceil_log2(self._depth)
        m.d.sync += full.eq(level[bits] | (level[:bits].all() & write.en))
        m.d.comb += [
            level.eq(head - tail),
            unsent.eq(head - position),
            self.i.ready.eq(~full | self.clear),
            write.addr.eq(head),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            read.addr.eq(position),
            read.en.eq(self.read.enable),
            self.read.data.eq(read.data),
            self.read.more.eq(more & ~self.clear),
        ]
        # `unsent` != 0 out of a register; a cycle old only when the position has gone back.
        m.d.sync += more.eq(Mux(read.en, unsent[1:].any(), unsent.any()) | write.en)
        with m.If(write.en):
            m.d.sync += head.eq(head + 1)
        # An acknowledgement counts a cycle after its differences: none may come in between.
        arrived, acknowledge = self.acknowledge.payload, Signal()
        m.d.sync += acknowledge.eq(self.acknowledge.valid & ~acknowledge)
        acknowledged = delay(m, arrived.position, 1, "acknowledged")
        again = delay(m, arrived.again, 1, "again")
        m.d.sync += [advance.eq(arrived.position - tail), held.eq(level)]
        # An old one lies before the tail: a huge advance.
        with m.If(acknowledge & (advance <= held)):
            m.d.sync += tail.eq(acknowledged)

        waits, enough = Signal(), Signal()
        m.d.comb += waits.eq(self.hold & self.i.ready)
        # A cycle old, but nothing that is unsent vanishes.
        m.d.sync += enough.eq((unsent != 0) & (~waits | (unsent >= MAX_REPLY_BYTES)))
        m.d.comb += self.read.worth.eq(enough & ~self.clear)

        # `behind` is a cycle old: wait for it when tail or position have moved.
        rewind, behind, moved = Signal(), Signal(), Signal()
        m.d.sync += behind.eq(unsent > level)
        m.d.sync += moved.eq(self.acknowledge.valid | acknowledge | rewind | behind)
        m.d.comb += self.read.settled.eq(~(rewind | behind | moved))
        with m.If(acknowledge & again):
            m.d.sync += rewind.eq(1)
        with m.If(self.read.enable):
            m.d.sync += position.eq(position + 1)
        # Acknowledged bytes may be gone: never start before the tail.
        with m.If(self.read.idle & (rewind | behind)):
            m.d.sync += [position.eq(tail), rewind.eq(0)]
        with m.If(self.clear):
            m.d.sync += [head.eq(0), tail.eq(0), position.eq(0), rewind.eq(0), more.eq(0)]
        return m
