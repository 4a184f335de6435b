"""Receiver: checks frames and keeps the payload of the good ones."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import CRC_BYTES, HEADER, POSITION_BITS, Kind
from lls_hw.gateware.link.deframer import Deframer

__all__ = ["EVENT_LAYOUT", "Receiver"]

_FIELDS_LAYOUT = data.StructLayout(
    {"kind": 8, "sequence": POSITION_BITS, "received": POSITION_BITS}
)
"""What the board needs of a header; `consumed` of the host is not looked at."""
_FIELD_BYTES = _FIELDS_LAYOUT.size // 8

EVENT_LAYOUT = data.StructLayout(
    {"any": 1, "good": 1, "hello": 1, "gap": 1, "missing": 1, "fields": _FIELDS_LAYOUT}
)
"""End of a frame: it was `good`; it says `hello` or `gap`; or bytes are `missing` before it,
because this frame or an earlier one was damaged."""


class Receiver(wiring.Component):
    """Payload in the order of the host's stream, each byte once.

    Takes a byte a cycle and never stalls: a frame that does not fit is damaged. The payload
    reaches `o` after its frame has proved good: two cycles after the closing flag. `o` gives a
    byte a cycle.

    Parameters
    ----------
    depth : bytes of the buffer, a power of two.

    Members
    -------
    i : bytes from the wire. o : the stream of commands.
    event : strobes at the end of a frame.
    clear : forget everything stored, start at position 0.
    position : bytes received. consumed : bytes that have left the buffer.
    """

    def __init__(self, depth: int = 4096) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8, always_ready=True)),
                "o": Out(stream.Signature(8)),
                "clear": In(1),
                "event": Out(EVENT_LAYOUT),
                "position": Out(POSITION_BITS),
                "consumed": Out(POSITION_BITS),
            }
        )

    @property
    def window(self) -> int:
        """Bytes the host may have sent and not seen consumed; the CRC needs room as well."""
        return self._depth - CRC_BYTES

    def elaborate(self, platform):
        m = Module()
        m.submodules.deframer = deframer = Deframer()
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        m.submodules.memory = memory = Memory(shape=8, depth=self._depth, init=[])
        connect(m, flipped(self.i), deframer.i)
        write, index = memory.write_port(), Signal(range(HEADER.size + CRC_BYTES + 1))
        m.d.comb += [
            crc.start.eq(deframer.end),
            crc.valid.eq(deframer.valid),
            crc.data.eq(deframer.byte),
            write.data.eq(deframer.byte),
        ]
        fields, damaged = Signal(_FIELDS_LAYOUT), Signal()
        end = Signal(POSITION_BITS)
        level = Signal(POSITION_BITS)
        m.d.comb += [
            write.addr.eq(end),
            level.eq(end - self.consumed),
            write.en.eq(deframer.valid & (index >= HEADER.size) & ~level[ceil_log2(self._depth)]),
        ]
        with m.If(deframer.valid):
            with m.If(index < _FIELD_BYTES):
                m.d.sync += fields.eq(Cat(fields.as_value()[8:], deframer.byte))
            with m.If(index < HEADER.size + CRC_BYTES):
                m.d.sync += index.eq(index + 1)
            with m.If(index >= HEADER.size):
                m.d.sync += end.eq(end + write.en)
                m.d.sync += damaged.eq(damaged | ~write.en)

        event = self.event
        m.d.comb += [
            event.fields.eq(fields),
            event.any.eq(deframer.end & (index != 0)),
            event.good.eq(
                event.any & crc.match_detected & ~damaged & (index == HEADER.size + CRC_BYTES)
            ),
            event.hello.eq(event.good & (fields.kind == Kind.HELLO)),
            event.gap.eq(event.good & (fields.kind == Kind.GAP)),
        ]
        offset = Signal(POSITION_BITS)
        m.d.comb += [
            offset.eq(fields.sequence - self.position),
            event.missing.eq(event.any & (~event.good | ((offset != 0) & ~offset[-1]))),
        ]
        with m.If(deframer.end):
            m.d.sync += [index.eq(0), damaged.eq(0), end.eq(self.position)]
            with m.If(event.good & ~event.hello & (offset == 0)):
                m.d.sync += [self.position.eq(end - CRC_BYTES), end.eq(end - CRC_BYTES)]
        self._output(m, memory)
        with m.If(self.clear):
            m.d.sync += [
                end.eq(0),
                self.position.eq(0),
                self.consumed.eq(0),
                self.o.valid.eq(0),
            ]
        return m

    def _output(self, m, memory):
        """Reads ahead by one byte, which waits in the memory's output register."""
        read = memory.read_port()
        m.d.comb += [
            read.addr.eq(self.consumed),
            read.en.eq((self.consumed != self.position) & (self.o.ready | ~self.o.valid)),
            self.o.payload.eq(read.data),
        ]
        with m.If(read.en):
            m.d.sync += [self.o.valid.eq(1), self.consumed.eq(self.consumed + 1)]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
