"""Transmitter: keeps the replies until the host has them, and sends frames."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.frames import POSITION_BITS
from lls_hw.gateware.link.checksum import Checksum
from lls_hw.gateware.link.frame_sender import FrameSender
from lls_hw.gateware.link.framer import Framer
from lls_hw.gateware.link.ports import ACKNOWLEDGE_LAYOUT, CONTENT_LAYOUT, FrameOffer
from lls_hw.gateware.link.reply_store import ReplyStore
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Transmitter"]


class Transmitter(wiring.Component):
    """Sends frames that carry replies, and those that are requested.

    One byte a cycle; a frame takes HEADER_BYTES + CRC_BYTES + 2 flags more than its payload, and
    one more for each byte that is escaped.

    Parameters
    ----------
    depth : bytes of the buffer, a power of two, at least 2 * MAX_REPLY_BYTES.

    Members
    -------
    i : the stream of replies. o : bytes for the wire.
    hold : more replies follow soon: wait until they fill a frame or the buffer.
    offer : header of the next frame.
    position : of the next reply that will be sent.
    acknowledge : what the host has.
    clear : forget everything; drop what arrives at `i`.
    """

    def __init__(self, depth: int = 2048) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "hold": In(1),
                "offer": In(FrameOffer()),
                "position": Out(POSITION_BITS),
                "acknowledge": In(stream.Signature(ACKNOWLEDGE_LAYOUT, always_ready=True)),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.store = store = ReplyStore(self._depth)
        m.submodules.sender = sender = FrameSender()
        # The buffers keep the CRC and the escaping out of each other's paths.
        m.submodules.bare = bare = StreamBuffer(CONTENT_LAYOUT)
        m.submodules.checksum = checksum = Checksum()
        m.submodules.whole = whole = StreamBuffer(CONTENT_LAYOUT)
        m.submodules.framer = framer = Framer()
        connect(m, flipped(self.i), store.i)
        connect(m, flipped(self.acknowledge), store.acknowledge)
        connect(m, sender.replies, store.read)
        connect(m, flipped(self.offer), sender.offer)
        connect(m, sender.o, bare.i)
        connect(m, bare.o, checksum.i)
        connect(m, checksum.o, whole.i)
        connect(m, whole.o, framer.i)
        connect(m, framer.o, flipped(self.o))
        m.d.comb += [
            store.hold.eq(self.hold),
            store.clear.eq(self.clear),
            self.position.eq(store.read.position),
        ]
        return m
