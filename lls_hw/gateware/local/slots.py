"""Order of the samples of a batch in the parts of the local update unit."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.ports import PartControl, PassControl

__all__ = ["SlotSequencer"]


class SlotSequencer(wiring.Component):
    """Passes the samples of a batch from part to part, slot by slot.

    In slot k sample k is gathered, the loss of sample k - 1 is computed, and sample k - 2 is
    scattered (`train` only). A slot lasts as long as its parts are busy, and one cycle.

    Members
    -------
    command : taken while nothing runs. current : the command under way.
    busy : from the cycle after a command has been taken until its last slot is done.
    gather, loss, scatter : the parts. `scatter` starts when `gather` has sent its last address.
    released : `gather` sends its last address.
    buffer : buffer that is written; changes at each `begin`.
    first : the first slot begins; `current` is stable. begin : a slot begins.
    sample_end : the results of the sample in `loss` are complete. batch_end : those of the batch.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "command": In(stream.Signature(command_layout(config))),
                "current": Out(command_layout(config)),
                "busy": Out(1),
                "gather": Out(PassControl(config)),
                "loss": Out(PartControl()),
                "scatter": Out(PassControl(config)),
                "released": In(1),
                "buffer": Out(1),
                "first": Out(1),
                "begin": Out(1),
                "sample_end": Out(1),
                "batch_end": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        payload, train = self.command.payload, self.current.train
        gather, loss, scatter = self.gather, self.loss, self.scatter
        left = Signal.like(self.current.samples)
        gathered, computed, scattering, more = Signal(), Signal(), Signal(), Signal()
        scatter_start = Mux(self.begin, computed & train & (left == 0), scattering & self.released)
        m.d.comb += [
            more.eq((left != 0) | gathered | (computed & train)),
            self.busy.eq(1),
            self.first.eq(self.begin & ~(gathered | computed)),
            self.sample_end.eq((self.begin | self.batch_end) & computed),
            gather.start.eq(self.begin & (left != 0)),
            loss.start.eq(self.begin & gathered),
            scatter.start.eq(scatter_start),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(0), self.command.ready.eq(1)]
                m.d.sync += [
                    self.current.eq(payload),
                    left.eq(payload.samples),
                    gathered.eq(0),
                    computed.eq(0),
                    gather.base.eq(payload.latent_base),
                    scatter.base.eq(payload.latent_base),
                ]
                with m.If(self.command.valid):
                    m.next = "SLOT"
            with m.State("SLOT"):
                m.d.comb += self.begin.eq(1)
                m.d.sync += [
                    self.buffer.eq(~self.buffer),
                    left.eq(left - (left != 0)),
                    gathered.eq(left != 0),
                    computed.eq(gathered),
                    scattering.eq(computed & train),
                ]
                m.next = "RUN"
            with m.State("RUN"):
                with m.If(~(gather.busy | loss.busy | scatter.busy)):
                    m.next = "FINISH"
                    with m.If(more):
                        m.next = "SLOT"
            with m.State("FINISH"):
                m.d.comb += self.batch_end.eq(1)
                m.next = "IDLE"
        for part in (gather, scatter):
            with m.If(part.start):
                m.d.sync += part.base.eq(part.base + self.current.words)
        return m
