"""Link: the host's byte streams on one side, the element bus on the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import POSITION_BITS, PROTOCOL, Kind
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.link.commands import Commands
from lls_hw.gateware.link.receiver import Receiver
from lls_hw.gateware.link.transmitter import Transmitter
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Link"]


class Link(wiring.Component):
    """Serves the protocol of docs/protocol.md.

    Answers every frame with one that says what has been received and consumed, and sends such a
    frame by itself when the buffer has run empty or another quarter of it was consumed. A HELLO
    takes effect, and is answered, once the command in hand is complete.

    Parameters
    ----------
    rx_depth, tx_depth : bytes of the buffers for commands and for replies.

    Members
    -------
    rx, tx : bytes from and to the host. write, read, data : the element bus.
    """

    def __init__(self, rx_depth: int = 4096, tx_depth: int = 2048) -> None:
        self._rx_depth = rx_depth
        self._tx_depth = tx_depth
        super().__init__(
            {
                "rx": In(stream.Signature(8)),
                "tx": Out(stream.Signature(8)),
                "write": Out(stream.Signature(WriteLayout)),
                "read": Out(stream.Signature(ReadLayout)),
                "data": In(stream.Signature(DATA_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = Receiver(self._rx_depth)
        m.submodules.commands = commands = Commands()
        m.submodules.transmitter = transmitter = Transmitter(self._tx_depth)
        connect(m, flipped(self.rx), receiver.i)
        connect(m, receiver.o, commands.i)
        connect(m, commands.o, transmitter.i)
        m.submodules.tx = tx = StreamBuffer(8)
        connect(m, transmitter.o, tx.i)
        connect(m, tx.o, flipped(self.tx))
        connect(m, commands.write, flipped(self.write))
        connect(m, commands.read, flipped(self.read))
        connect(m, flipped(self.data), commands.data)

        event = receiver.event
        hello, session = Signal(), Signal(POSITION_BITS)
        with m.If(event.hello):
            m.d.sync += [hello.eq(1), session.eq(event.fields.sequence)]
        with m.Elif(transmitter.taken):
            m.d.sync += hello.eq(0)
        m.d.comb += [
            receiver.clear.eq(hello),
            commands.clear.eq(hello),
            transmitter.clear.eq(hello),
            transmitter.hold.eq(commands.reading),
            transmitter.acknowledge.eq(event.good & ~event.hello),
            transmitter.acknowledged.eq(event.fields.received),
            transmitter.rewind.eq(event.gap),
        ]

        answer, missing = Signal(), Signal()
        with m.If(transmitter.taken):
            m.d.sync += [answer.eq(0), missing.eq(0)]
        with m.If(event.any & ~event.hello):
            m.d.sync += [answer.eq(1), missing.eq(event.missing | missing & ~transmitter.taken)]
        reported = Signal(POSITION_BITS)
        with m.If(transmitter.taken):
            m.d.sync += reported.eq(Mux(hello, 0, receiver.consumed))
        quarter = ceil_log2(self._rx_depth) - 2
        news = (receiver.consumed != reported) & (
            (receiver.consumed == receiver.position)
            | (receiver.consumed[quarter] != reported[quarter])
        )

        header = transmitter.header
        with m.If(hello):
            # The pending HELLO lets nothing else be sent, and what it asks waits for `idle`.
            m.d.comb += [
                transmitter.request.eq(commands.idle & ~commands.o.valid),
                header.kind.eq(Kind.HELLO),
                header.sequence.eq(session),
                header.received.eq(receiver.window),
                header.consumed.eq(PROTOCOL),
            ]
        with m.Else():
            m.d.comb += [
                transmitter.request.eq(answer | news),
                header.kind.eq(Mux(missing, Kind.GAP, Kind.DATA)),
                header.sequence.eq(transmitter.position),
                header.received.eq(receiver.position),
                header.consumed.eq(receiver.consumed),
            ]
        return m
