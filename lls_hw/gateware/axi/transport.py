"""Transport over a processor's bus."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.axi import REPLY_BYTES
from lls_hw.gateware.axi.ports import AxiLite
from lls_hw.gateware.axi.reads import Reads
from lls_hw.gateware.axi.writes import Writes

__all__ = ["AxiTransport"]


class AxiTransport(wiring.Component):
    """Carries the bytes between the link and a processor, as registers (`AxiRegister`).

    Bytes from the host pass at once, one a cycle. Those for the host wait, REPLY_BYTES of them at
    most, until it reads them; one that arrives counts in `STATUS` a cycle later.

    Parameters
    ----------
    digest : of the configuration.

    Members
    -------
    bus : AXI4-Lite, see `Writes` and `Reads`.
    rx, tx : bytes from and to the host.
    running : a program runs.
    irq : interrupt line; from a register, a cycle after what it depends on.
    """

    def __init__(self, digest: int) -> None:
        self._digest = digest
        super().__init__(
            {
                "bus": In(AxiLite()),
                "rx": Out(stream.Signature(8)),
                "tx": In(stream.Signature(8)),
                "running": In(1),
                "irq": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.writes = writes = Writes()
        m.submodules.reads = reads = Reads(self._digest)
        m.submodules.replies = replies = SyncFIFOBuffered(width=8, depth=REPLY_BYTES)
        for channel in ("aw", "w"):
            connect(m, flipped(getattr(self.bus, channel)), getattr(writes, channel))
        connect(m, flipped(self.bus.ar), reads.ar)
        connect(m, writes.b, flipped(self.bus.b))
        connect(m, reads.r, flipped(self.bus.r))
        connect(m, writes.o, flipped(self.rx))
        connect(m, flipped(self.tx), replies.w_stream)
        connect(m, replies.r_stream, reads.i)
        m.d.comb += [
            reads.status.waiting.eq(replies.level),
            reads.status.running.eq(self.running),
            reads.interrupt.eq(writes.interrupt),
        ]
        m.d.sync += self.irq.eq(writes.interrupt.waiting & (replies.level != 0))
        return m
