"""Receiver: checks frames and keeps the payload of the good ones."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.frames import POSITION_BITS, Kind
from lls_hw.gateware.link.deframer import Deframer
from lls_hw.gateware.link.frame_check import FrameCheck
from lls_hw.gateware.link.payload_store import PayloadStore
from lls_hw.gateware.link.ports import REPORT_LAYOUT, Progress
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Receiver"]


class Receiver(wiring.Component):
    """Gives the payload in the order of the host's stream, each byte once.

    Takes one byte a cycle and never stalls: a frame that does not fit counts as damaged. The
    payload reaches `o` after its frame has proved good, 4 cycles after the closing flag, one byte
    a cycle.

    Parameters
    ----------
    depth : bytes of the buffer, a power of two.

    Members
    -------
    i : bytes from the wire. o : the stream of commands.
    report : what became of each frame, 1 cycle after its closing flag.
    progress : of the host's stream.
    clear : forget everything stored, start at position 0.
    """

    def __init__(self, depth: int = 4096) -> None:
        self._depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8, always_ready=True)),
                "o": Out(stream.Signature(8)),
                "report": Out(stream.Signature(REPORT_LAYOUT, always_ready=True)),
                "progress": Out(Progress()),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.deframer = deframer = Deframer()
        m.submodules.check = check = FrameCheck()
        m.submodules.store = store = PayloadStore(self._depth)
        out = StreamBuffer(8)
        m.submodules.out = ResetInserter(self.clear)(out)
        connect(m, flipped(self.i), deframer.i)
        connect(m, deframer.o, check.i)
        connect(m, check.payload, store.i)
        connect(m, store.o, out.i)  # A memory's word comes late.
        connect(m, out.o, flipped(self.o))
        connect(m, store.progress, flipped(self.progress))
        end, report = check.end.payload, self.report.payload
        offset, ahead = Signal(POSITION_BITS), Signal()
        # A register: both are there long before the frame's end.
        m.d.sync += offset.eq(end.header.sequence - store.progress.received)
        m.d.comb += [
            # Longer than FARTHEST is behind: the frame has been here before.
            ahead.eq((offset != 0) & ~offset[-1]),
            report.good.eq(end.good & ~store.overflow),
            report.missing.eq(~report.good | ahead),
            report.header.eq(end.header),
            self.report.valid.eq(check.end.valid),
            store.verdict.valid.eq(check.end.valid),
            store.verdict.payload.eq(report.good & (offset == 0) & (end.header.kind != Kind.HELLO)),
            store.clear.eq(self.clear),
        ]
        return m
