"""Where finished sums go: cells, latents, signs, activations."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import CELL_BITS
from lls_hw.contract.latency import CELL_TOTAL_LATENCY, MAX_POOL_LATENCY, word_latency
from lls_hw.gateware.array.output_counter import OutputCounter
from lls_hw.gateware.array.walker import Walker
from lls_hw.gateware.delay import delay
from lls_hw.gateware.operation import ARRAY_LAYOUT

__all__ = ["OutputPlace"]

_COLUMN_LATENCY = 1
"""Cycles from a column to its eastern neighbour."""


class OutputPlace(wiring.Component):
    """Follows the outputs of a forward operation: one `step` a pixel, output tiles outermost.

    Members
    -------
    operation, restart : descriptor and its start.
    step : a pixel is added to its cell now (column 0).
    cell, cell_first : its cell.
    latent_enable, latent_addr : the cell that the last pixel completed (column 0).
    sign_enable, sign_addr : all columns have their signs.
    word_valid : all columns have the word that goes on, an activation or an average.
    word_column, word_odd_row, word_odd_column : of its pixel.
    tile_end : with `step`, of the last pixel of an output tile.
    written : strobe, a word is written; act_addr, act_part : where, in the same cycle.
    tile_written : with or after the last word of an output tile.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._parts = config.act_word // config.cols
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "restart": In(1),
                "step": In(1),
                "cell": Out(2 * CELL_BITS),
                "cell_first": Out(1),
                "latent_enable": Out(1),
                "latent_addr": Out(ceil_log2(config.latent_depth)),
                "sign_enable": Out(1),
                "sign_addr": Out(ceil_log2(config.sign_depth)),
                "word_valid": Out(1),
                "word_column": Out(FIELDS["out_width"]),
                "word_odd_row": Out(1),
                "word_odd_column": Out(1),
                "tile_end": Out(1),
                "written": In(1),
                "tile_written": Out(1),
                "act_addr": Out(ceil_log2(config.act_depth)),
                "act_part": Out(ceil_log2(self._parts)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op = self._config, self.operation
        m.submodules.counter = counter = OutputCounter(config)
        m.submodules.latent = latent = Walker(config.latent_depth)
        m.submodules.sign = sign = Walker(config.sign_depth)
        m.submodules.act = act = Walker(config.act_depth, self._parts)
        to_word = word_latency(config) + (config.cols - 1) * _COLUMN_LATENCY
        at_latent = delay(m, counter.o, CELL_TOTAL_LATENCY, "latent")
        at_word = delay(m, counter.o, to_word, "word")
        tile_written = delay(m, at_word.tile_end, MAX_POOL_LATENCY, "tile_written")
        for walker, base, stride, step, last in (
            (latent, op.latent_base, op.out_stride, at_latent.complete, at_latent.tile_end),
            (sign, op.sign_base, op.out_stride, at_word.valid, at_word.tile_end),
            (act, op.act_base, op.act_stride, self.written, tile_written),
        ):
            m.d.comb += [
                walker.base.eq(base),
                walker.stride.eq(stride),
                walker.restart.eq(self.restart),
                walker.step.eq(step),
                walker.last.eq(last),
            ]
        m.d.comb += [
            counter.operation.eq(op),
            counter.restart.eq(self.restart),
            counter.step.eq(self.step),
            self.tile_end.eq(counter.o.tile_end),
            self.tile_written.eq(tile_written),
            self.cell.eq(counter.cell),
            self.cell_first.eq(counter.cell_first),
            self.latent_enable.eq(at_latent.complete),
            self.latent_addr.eq(latent.addr),
            self.sign_enable.eq(at_word.valid),
            self.sign_addr.eq(sign.addr),
            self.word_valid.eq(Mux(op.average, at_word.complete, at_word.valid)),
            self.word_column.eq(at_word.column),
            self.word_odd_row.eq(at_word.odd_row),
            self.word_odd_column.eq(at_word.column[0]),
            self.act_addr.eq(act.addr),
            self.act_part.eq(act.part),
        ]
        return m
