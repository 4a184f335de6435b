"""First pass over a sample: sum of squares and scores."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.timing_local import FETCH_LATENCY, term_cycles
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS, command_layout
from lls_hw.gateware.local.inverse_norm import SQUARE_BITS
from lls_hw.gateware.local.score_lanes import SCORE_BITS, ScoreLanes
from lls_hw.gateware.local.terms import score_term_bits

__all__ = ["Gather"]

_TAG = data.StructLayout({"valid": 1, "first": 1, "last": 1, "square": 1})


class Gather(wiring.Component):
    """Reads the latents of a sample once for each group of `lanes` classes.

    Groups one after another, in each all latents, cell by cell; after a group its scores leave
    one a cycle. A classifier's latents are the scores themselves.

    With `start` in cycle t the first address is out in cycle t + 1, the last one (`released`) in
    cycle t + `timing_local.walk_cycles`, and `busy` is high from t + 1 until the cycle before
    t + `timing_local.gather_cycles`, in which the last score is written; `square` is complete a
    cycle later.

    Members
    -------
    command : stable while busy. `base` : the sample's first latent word, taken at `start`.
    u_addr, u_bank, u_en, u_data : latents, `u_data` FETCH_LATENCY cycles after the address.
    basis_addr : basis, with the same latency.
    terms : of the fetched latent, term_cycles + 1 cycles after it.
    score_en, score_class, score : scores, classes in order.
    square : sum of squares.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        latent_addr = ceil_log2(config.latent_depth)
        super().__init__(
            {
                "command": In(command_layout(config)),
                "start": In(1),
                "base": In(latent_addr),
                "released": Out(1),
                "busy": Out(1),
                "u_addr": Out(latent_addr),
                "u_bank": Out(ceil_log2(config.cols)),
                "u_en": Out(1),
                "u_data": In(signed(LATENT_BITS)),
                "basis_addr": Out(ceil_log2(config.basis_depth)),
                "terms": In(data.ArrayLayout(signed(score_term_bits(config)), config.lanes)),
                "score_en": Out(1),
                "score_class": Out(CLASS_BITS),
                "score": Out(signed(SCORE_BITS)),
                "square": Out(SQUARE_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.lanes = lanes = ScoreLanes(self._config)
        tag = Signal(_TAG)
        self._walk(m, tag)

        late = delay(m, tag, FETCH_LATENCY + 1, "tag")
        termed = delay(m, late, term_cycles(self._config), "termed")
        u = Signal(signed(LATENT_BITS))
        square = Signal(2 * LATENT_BITS - 1)
        m.d.sync += [u.eq(self.u_data), square.eq(u * u)]
        m.d.comb += [
            lanes.terms.eq(self.terms),
            lanes.cosine.eq(self.command.cosine),
            lanes.add.eq(termed.valid & ~self.command.classifier),
            lanes.first.eq(termed.first),
        ]
        squared = delay(m, late, 1, "squared")
        with m.If(squared.square & squared.first):
            m.d.sync += self.square.eq(square)
        with m.Elif(squared.square):
            m.d.sync += self.square.eq(self.square + square)
        self._write(m, late, termed, u)
        return m

    def _walk(self, m, tag):
        """Addresses and their tags."""
        config, command = self._config, self.command
        base, group_base = Signal.like(self.u_addr), Signal.like(self.basis_addr)
        cell, next_cell = Signal.like(self.u_addr), Signal.like(self.u_addr)
        t = Signal.like(command.length)
        groups = Signal(range(config.groups + 1))
        wait = Signal(range(config.lanes))
        last = Signal()
        last_t, last_group = Signal.like(t), Signal.like(groups)
        channel, last_channel = Signal.like(t), Signal.like(t)
        cell_end = Signal()
        lane_bits = ceil_log2(config.lanes)
        m.d.sync += [
            last_t.eq(command.length - 1),
            last_channel.eq(command.channels - 1),
            last_group.eq((command.classes - 1) >> lane_bits),
        ]
        m.d.comb += [
            last.eq(t == last_t),
            cell_end.eq(channel == last_channel),
            next_cell.eq(cell + command.tiles),
            tag.first.eq(t == 0),
            tag.last.eq(last),
            tag.valid.eq(self.u_en),
        ]
        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [base.eq(self.base), cell.eq(self.base)]
                    m.d.sync += self.u_addr.eq(self.base)
                    m.d.sync += [self.basis_addr.eq(0), group_base.eq(0), groups.eq(0)]
                    m.next = "WALK"
            with m.State("WALK"):
                m.d.comb += [self.u_en.eq(1), tag.square.eq(groups == 0)]
                m.d.sync += [
                    t.eq(t + 1),
                    channel.eq(Mux(cell_end, 0, channel + 1)),
                    self.u_bank.eq(Mux(cell_end, 0, self.u_bank + 1)),
                    self.u_addr.eq(Mux(cell_end, next_cell, self.u_addr + self.u_bank.all())),
                    cell.eq(Mux(cell_end, next_cell, cell)),
                    self.basis_addr.eq(self.basis_addr + 1),
                    wait.eq(0),
                ]
                with m.If(last):
                    following = group_base + command.basis_stride
                    m.d.sync += [t.eq(0), self.u_addr.eq(base), cell.eq(base)]
                    m.d.sync += [self.basis_addr.eq(following), group_base.eq(following)]
                    m.d.sync += groups.eq(groups + 1)
                    with m.If(command.classifier | (groups == last_group)):
                        m.d.comb += self.released.eq(1)
                        m.next = "IDLE"
                    with m.Else():
                        m.next = "GROUP"
            with m.State("GROUP"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == config.lanes - 1):
                    m.next = "WALK"

    def _write(self, m, late, termed, u):
        """Scores leave: from the lanes after a group, or straight from the latents."""
        lanes, lane_bits = m.submodules.lanes, ceil_log2(self._config.lanes)
        draining, pending, last = Signal(), Signal(), Signal()
        index, last_class = Signal(CLASS_BITS), Signal(CLASS_BITS)
        m.d.sync += last_class.eq(self.command.classes - 1)
        m.d.comb += [
            last.eq(index == last_class),
            lanes.shift.eq(draining),
            self.score_class.eq(index),
            self.busy.eq(pending & ~(self.score_en & last)),
        ]
        with m.If(self.command.classifier):
            m.d.comb += [self.score_en.eq(late.valid), self.score.eq(u)]
        with m.Else():
            m.d.comb += [self.score_en.eq(draining), self.score.eq(lanes.score)]
        with m.If(self.start):
            m.d.sync += [index.eq(0), pending.eq(1)]
        with m.Elif(self.score_en):
            m.d.sync += [index.eq(index + 1), pending.eq(~last)]
        with m.If(termed.last & termed.valid & ~self.command.classifier):
            m.d.sync += draining.eq(1)
        with m.Elif(last | (index[:lane_bits] == (1 << lane_bits) - 1)):
            m.d.sync += draining.eq(0)
