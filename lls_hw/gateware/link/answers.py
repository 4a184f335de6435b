"""Answers: decides when a frame leaves and what its header says."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.frames import POSITION_BITS, PROTOCOL, Kind, window
from lls_hw.gateware.link.credit import Credit
from lls_hw.gateware.link.ports import (
    ACKNOWLEDGE_LAYOUT,
    REPORT_LAYOUT,
    FrameOffer,
    Progress,
)

__all__ = ["Answers"]


class Answers(wiring.Component):
    """Answers every frame, and offers credit that is due. Latency 1 cycle from report to request.

    A HELLO clears the link at once and is answered when nothing of the old session is under way;
    until then no other frame leaves.

    Parameters
    ----------
    depth : bytes of the receive buffer, a power of two.

    Members
    -------
    report : of each frame that has arrived. progress : of the host's stream.
    position : of the next reply.
    idle : nothing of the old session is under way any more.
    offer : header of the next frame.
    acknowledge : what the host has of the replies.
    clear : forget the old session; until the HELLO has been answered.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__(
            {
                "report": In(stream.Signature(REPORT_LAYOUT, always_ready=True)),
                "progress": In(Progress()),
                "position": In(POSITION_BITS),
                "idle": In(1),
                "offer": Out(FrameOffer()),
                "acknowledge": Out(stream.Signature(ACKNOWLEDGE_LAYOUT, always_ready=True)),
                "clear": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.credit = credit = Credit(self._depth)
        connect(m, flipped(self.progress), credit.progress)
        report, header = self.report.payload, self.offer.header
        hello, session = Signal(), Signal(POSITION_BITS)
        answer, missing = Signal(), Signal()
        m.d.comb += [
            hello.eq(report.good & (report.header.kind == Kind.HELLO)),
            self.acknowledge.valid.eq(self.report.valid & report.good & ~hello),
            self.acknowledge.payload.position.eq(report.header.received),
            self.acknowledge.payload.again.eq(report.header.kind == Kind.GAP),
            credit.told.eq(self.offer.taken),
            credit.clear.eq(self.clear),
        ]
        with m.If(self.offer.taken):
            m.d.sync += [self.clear.eq(0), answer.eq(0), missing.eq(0)]
        with m.If(self.report.valid & hello):
            m.d.sync += [self.clear.eq(1), session.eq(report.header.sequence)]
        with m.Elif(self.report.valid):
            m.d.sync += answer.eq(1)
            m.d.sync += missing.eq(report.missing | (missing & ~self.offer.taken))
        with m.If(self.clear):
            m.d.comb += [
                self.offer.request.eq(self.idle),
                header.kind.eq(Kind.HELLO),
                header.sequence.eq(session),
                header.received.eq(window(self._depth)),
                header.consumed.eq(PROTOCOL),
            ]
        with m.Else():
            m.d.comb += [
                self.offer.request.eq(answer | credit.due),
                header.kind.eq(Kind.DATA),
                header.sequence.eq(self.position),
                header.received.eq(self.progress.received),
                header.consumed.eq(self.progress.consumed),
            ]
            with m.If(missing):
                m.d.comb += header.kind.eq(Kind.GAP)
        return m
