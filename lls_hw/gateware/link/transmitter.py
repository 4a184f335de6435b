"""Transmitter: keeps the replies until the host has them, and sends frames."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import HEADER, MAX_REPLY_BYTES, POSITION_BITS
from lls_hw.gateware.link.checksum import CONTENT_LAYOUT, Checksum
from lls_hw.gateware.link.framer import Framer
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["HEADER_LAYOUT", "Transmitter"]

HEADER_LAYOUT = data.StructLayout(
    {"kind": 8, "sequence": POSITION_BITS, "received": POSITION_BITS, "consumed": POSITION_BITS}
)
"""As `link.HEADER`."""


class Transmitter(wiring.Component):
    """Frames with reply bytes, or without any when `request` asks for one.

    A byte a cycle; a frame of at most MAX_REPLY_BYTES takes 11 bytes and 2 flags more.

    Parameters
    ----------
    depth : bytes of the buffer, a power of two, at least 2 * MAX_REPLY_BYTES.

    Members
    -------
    i : the stream of replies. o : bytes for the wire.
    hold : more replies follow soon: wait until they fill a frame or the buffer.
    header : of the next frame, taken with `taken`. The sequence is `position`, or whatever
        the sender of a HELLO wants.
    request : send a frame even without reply bytes; level, until `taken`.
    position : position of the next byte to be sent.
    acknowledge, acknowledged : the host has everything before this position.
    rewind : send again from there on; strobe.
    clear : forget everything; what arrives at `i` is dropped.
    """

    def __init__(self, depth: int = 2048) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "hold": In(1),
                "header": In(HEADER_LAYOUT),
                "request": In(1),
                "taken": Out(1),
                "position": Out(POSITION_BITS),
                "acknowledge": In(1),
                "acknowledged": In(POSITION_BITS),
                "rewind": In(1),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self._depth, init=[])
        m.submodules.checksum = checksum = Checksum()
        m.submodules.framer = framer = Framer()
        m.submodules.bare = bare = StreamBuffer(CONTENT_LAYOUT)
        m.submodules.whole = whole = StreamBuffer(CONTENT_LAYOUT)
        connect(m, bare.o, checksum.i)
        connect(m, checksum.o, whole.i)
        connect(m, whole.o, framer.i)
        connect(m, framer.o, flipped(self.o))
        head, tail = Signal(POSITION_BITS), Signal(POSITION_BITS)
        self._store(m, memory.write_port(), head, tail)
        self._send(m, memory.read_port(), bare.i, head, tail)
        with m.If(self.clear):
            m.d.sync += [head.eq(0), tail.eq(0)]
        return m

    def _store(self, m, write, head, tail):
        """Takes replies; forgets what the host has acknowledged."""
        level, advance = Signal(POSITION_BITS), Signal(POSITION_BITS)
        bits, full = ceil_log2(self._depth), Signal()
        m.d.sync += full.eq(level[bits] | (level[:bits].all() & write.en))
        m.d.comb += [
            level.eq(head - tail),
            advance.eq(self.acknowledged - tail),
            self.i.ready.eq(~full | self.clear),
            write.addr.eq(head),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
        ]
        with m.If(write.en):
            m.d.sync += head.eq(head + 1)
        # An old acknowledgement lies before the tail: a huge advance.
        with m.If(self.acknowledge & (advance <= level)):
            m.d.sync += tail.eq(self.acknowledged)

    def _send(self, m, read, o, head, tail):
        """Header, payload, end."""
        header, index = Signal(HEADER_LAYOUT), Signal(range(MAX_REPLY_BYTES + 1))
        rewind, ready, hold = Signal(), Signal(), Signal()
        unsent = Signal(POSITION_BITS)
        m.d.comb += [
            hold.eq(self.hold & self.i.ready),
            unsent.eq(head - self.position),
            read.addr.eq(self.position),
        ]
        # `ready` is a cycle old as well, but nothing that is unsent vanishes.
        m.d.sync += ready.eq((unsent != 0) & (~hold | (unsent >= MAX_REPLY_BYTES)))
        # `behind` is a cycle old: wait for it when tail or position have moved.
        behind, moved = Signal(), Signal()
        m.d.sync += [
            behind.eq(unsent > (head - tail)[:POSITION_BITS]),
            moved.eq(self.acknowledge | rewind | behind),
        ]
        with m.If(self.rewind):
            m.d.sync += rewind.eq(1)
        fetched = Signal()
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [index.eq(0), header.eq(self.header)]
                # Acknowledged bytes may be gone: never start before the tail.
                with m.If(rewind | behind):
                    m.d.sync += [self.position.eq(tail), rewind.eq(0)]
                with m.Elif(~moved & (self.request | (ready & ~self.clear))):
                    m.d.comb += self.taken.eq(1)
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [o.valid.eq(1), o.payload.byte.eq(header.as_value()[:8])]
                with m.If(o.ready):
                    m.d.sync += [header.eq(header.as_value() >> 8), index.eq(index + 1)]
                    with m.If(index == HEADER.size - 1):
                        m.d.sync += index.eq(0)
                        m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                more = (head != self.position) & (index != MAX_REPLY_BYTES) & ~self.clear
                m.d.comb += [
                    o.valid.eq(fetched),
                    o.payload.byte.eq(read.data),
                    read.en.eq(more & (~fetched | o.ready)),
                ]
                with m.If(read.en):
                    m.d.sync += [self.position.eq(self.position + 1), index.eq(index + 1)]
                with m.If(o.ready | ~fetched):
                    m.d.sync += fetched.eq(read.en)
                with m.If(~fetched & ~more):
                    m.next = "END"
            with m.State("END"):
                m.d.comb += [o.valid.eq(1), o.payload.last.eq(1)]
                with m.If(o.ready):
                    m.next = "IDLE"
        with m.If(self.clear):
            m.d.sync += [self.position.eq(0), rewind.eq(0)]
