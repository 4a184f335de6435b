"""Where finished sums go: cells, latents, signs, activations."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.gateware.array.walker import Walker
from lls_hw.gateware.delay import delay
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.pixels import CELL_BITS, PixelCounter

__all__ = ["OutputPlace"]

_LATENT = 1
"""Cycles from an output's cell sum to the latent's write in column 0."""
_AVERAGE = 3
"""Cycles from an output's cell sum to its average in column 0."""


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
    written : strobe, a word is written; act_addr, act_part : where, in the same cycle.
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
                "written": In(1),
                "act_addr": Out(ceil_log2(config.act_depth)),
                "act_part": Out(ceil_log2(self._parts)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op = self._config, self.operation
        m.submodules.pixels = pixels = PixelCounter(self._config.maps)
        m.submodules.latent = latent = Walker(config.latent_depth)
        m.submodules.sign = sign = Walker(config.sign_depth)
        m.submodules.act = act = Walker(config.act_depth, self._parts)
        sample = Signal.like(op.samples)
        done, last = Signal(), Signal()
        last_sample = Signal.like(sample)
        m.d.sync += last_sample.eq(op.samples - 1)
        with m.If(self.restart):
            m.d.sync += sample.eq(0)
        with m.Elif(self.step & pixels.map_end):
            m.d.sync += sample.eq(Mux(last, 0, sample + 1))
        m.d.comb += [
            last.eq(self.step & pixels.map_end & (sample == last_sample)),
            done.eq(self.step & pixels.cell_last),
            pixels.width.eq(op.out_width),
            pixels.height.eq(op.out_height),
            pixels.cell_bits.eq(op.cell_bits),
            pixels.restart.eq(self.restart),
            pixels.step.eq(self.step),
            self.cell.eq(Cat(pixels.cell_column, pixels.cell_row)),
            self.cell_first.eq(pixels.cell_first),
        ]
        to_word = _AVERAGE + config.cols - 1
        at_latent = delay(m, Cat(done, last), _LATENT, "done")
        place = Cat(self.step, done, last, pixels.row[0], pixels.column)
        at_word = delay(m, place, to_word, "place")
        step, complete, end, odd_row = at_word[:4]
        column = at_word[4:]
        at_write = delay(m, end, 2, "end")
        m.d.comb += [
            self.latent_enable.eq(at_latent[0]),
            self.latent_addr.eq(latent.addr),
            self.sign_enable.eq(step),
            self.sign_addr.eq(sign.addr),
            self.word_valid.eq(Mux(op.average, complete, step)),
            self.word_column.eq(column),
            self.word_odd_row.eq(odd_row),
            self.word_odd_column.eq(column[0]),
            self.act_addr.eq(act.addr),
            self.act_part.eq(act.part),
        ]
        for walker, base, stride, strobe, tile_end in (
            (latent, op.latent_base, op.out_tiles, at_latent[0], at_latent[1]),
            (sign, op.sign_base, op.out_tiles, step, end),
            (act, op.act_base, op.act_stride, self.written, at_write),
        ):
            m.d.comb += [
                walker.base.eq(base),
                walker.stride.eq(stride),
                walker.restart.eq(self.restart),
                walker.step.eq(strobe),
                walker.last.eq(tile_end),
            ]
        return m
