"""First pass over a sample: sum of squares and scores."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.latency_local import FETCH_LATENCY, TERM_LATENCY
from lls_hw.contract.timing_local import term_cycles
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.gather.score_lanes import ScoreLanes
from lls_hw.gateware.local.gather.score_writer import ScoreWriter
from lls_hw.gateware.local.gather.square_sum import SquareSum
from lls_hw.gateware.local.gather.walk import GatherWalk
from lls_hw.gateware.local.ports import Fetch, PassControl, class_write, score_terms
from lls_hw.gateware.local.widths import SCORE_BITS, SQUARE_BITS

__all__ = ["Gather"]


class Gather(wiring.Component):
    """Reads the latents of a sample once for each group of `lanes` classes.

    The groups come one after another, in each all latents, cell by cell; after a group its scores
    leave one a cycle. A classifier's latents are the scores themselves.

    With `start` in cycle t the first address is out in cycle t + 1, the last one (`released`) in
    cycle t + `timing_local.walk_cycles`, and `busy` is high from t + 1 until the cycle before
    t + `timing_local.gather_cycles`, in which the last score is written; `square` is complete a
    cycle later.

    Members
    -------
    command : stable while busy. control : starts a sample.
    fetch : latents and basis; `latent` follows an address by FETCH_LATENCY cycles, `terms` by
        `timing_local.term_latency` more.
    scores : the memory.
    square : sum of squares.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "control": In(PassControl(config)),
                "released": Out(1),
                "fetch": Out(Fetch(config)),
                "latent": In(signed(LATENT_BITS)),
                "terms": In(score_terms(config)),
                "scores": Out(class_write(signed(SCORE_BITS))),
                "square": Out(SQUARE_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.walk = walk = GatherWalk(config)
        m.submodules.squares = squares = SquareSum()
        m.submodules.lanes = lanes = ScoreLanes(config)
        m.submodules.writer = writer = ScoreWriter(config)
        connect(m, walk.fetch, flipped(self.fetch))
        connect(m, writer.scores, flipped(self.scores))

        fetched = delay(m, walk.tag, FETCH_LATENCY, "fetched")
        late = delay(m, fetched, TERM_LATENCY, "tag")
        termed = delay(m, late, term_cycles(config), "termed")
        to_term = FETCH_LATENCY + TERM_LATENCY + term_cycles(config)
        adds = delay(m, walk.tag.valid & ~self.command.classifier, to_term, "adds")
        m.d.comb += [
            walk.command.eq(self.command),
            walk.start.eq(self.control.start),
            walk.base.eq(self.control.base),
            self.released.eq(walk.released),
            squares.latent.eq(self.latent),
            squares.add.eq(fetched.square),
            squares.first.eq(fetched.first),
            self.square.eq(squares.total),
            lanes.terms.eq(self.terms),
            lanes.cosine.eq(self.command.cosine),
            lanes.add.eq(adds),
            lanes.first.eq(termed.first),
            lanes.shift.eq(writer.shift),
            writer.command.eq(self.command),
            writer.start.eq(self.control.start),
            writer.latent_valid.eq(late.valid),
            writer.latent.eq(delay(m, self.latent, TERM_LATENCY, "latent")),
            writer.group_end.eq(termed.valid & termed.last),
            writer.total.eq(lanes.score),
            self.control.busy.eq(writer.busy),
        ]
        return m
