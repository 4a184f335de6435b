"""Link: the host's byte streams on one side, the element bus on the other."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.link.answers import Answers
from lls_hw.gateware.link.commands import Commands
from lls_hw.gateware.link.receiver import Receiver
from lls_hw.gateware.link.transmitter import Transmitter
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Link"]


class Link(wiring.Component):
    """Serves the protocol of docs/protocol.md.

    Answers every frame with one that says what has been received and consumed, and sends such a
    frame by itself when credit is due (see `Credit`). A HELLO takes effect, and is answered, once
    the command in hand is complete. One byte a cycle in each direction.

    Parameters
    ----------
    rx_depth, tx_depth : bytes of the buffers for commands and for replies, powers of two.

    Members
    -------
    rx, tx : bytes from and to the host; `rx` never waits.
    write, read, data : the element bus.
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
        m.submodules.answers = answers = Answers(self._rx_depth)
        m.submodules.transmitter = transmitter = Transmitter(self._tx_depth)
        m.submodules.tx = tx = StreamBuffer(8)
        connect(m, flipped(self.rx), receiver.i)
        connect(m, receiver.o, commands.i)
        connect(m, receiver.report, answers.report)
        connect(m, receiver.progress, answers.progress)
        connect(m, commands.write, flipped(self.write))
        connect(m, commands.read, flipped(self.read))
        connect(m, flipped(self.data), commands.data)
        connect(m, commands.o, transmitter.i)
        connect(m, answers.offer, transmitter.offer)
        connect(m, answers.acknowledge, transmitter.acknowledge)
        connect(m, transmitter.o, tx.i)
        connect(m, tx.o, flipped(self.tx))
        m.d.comb += [
            receiver.clear.eq(answers.clear),
            commands.clear.eq(answers.clear),
            transmitter.clear.eq(answers.clear),
            transmitter.hold.eq(commands.reading),
            answers.position.eq(transmitter.position),
            answers.idle.eq(commands.idle & ~commands.o.valid),
        ]
        return m
