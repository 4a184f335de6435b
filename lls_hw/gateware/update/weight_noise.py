"""Noise of the weight update for all columns."""

from functools import reduce
from operator import xor

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.gateware.update.noise import KeyWords
from lls_hw.gateware.update.step_noise import StepNoise

__all__ = ["IndexMove", "WeightNoise"]


class IndexMove(data.Struct):
    """Where the index of the present weights goes after this cycle."""

    step: 1
    """To the next input."""
    back: 1
    """Back to the marked input."""
    wrap: 1
    """To input 0 of the next `cols` outputs."""
    mark: 1
    """Nowhere by itself; the present input is marked."""


class WeightNoise(wiring.Component):
    """Noise of the weights of a row: `common` ^ ``columns[c]`` for column c.

    `start` in cycle t: `columns` is valid from cycle t + KeyWords.CYCLES + 1 on, and from then on
    the index moves, at most every other cycle. `common` follows it by LATENCY cycles. The noise is
    linear in the bits of the index: columns differ by key words alone, and so do an index and the
    next one (`StepNoise`).

    Parameters
    ----------
    cols : columns; a power of two.

    Members
    -------
    start, step, layer : the keys of this layer and training step; the index is (0, `first`).
    first : of the fan-out; a multiple of `cols`, stable until the keys are complete.
    fan_in, fan_out, move : the index, and how it moves.
    """

    LATENCY = 1

    def __init__(self, cols: int) -> None:
        self._cols = cols
        super().__init__(
            {
                "start": In(1),
                "step": In(32),
                "layer": In(5),
                "first": In(NOISE_INDEX_BITS),
                "fan_in": In(NOISE_INDEX_BITS),
                "fan_out": In(NOISE_INDEX_BITS),
                "move": In(IndexMove),
                "common": Out(NOISE_BITS),
                "columns": Out(data.ArrayLayout(NOISE_BITS, cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        low, move = exact_log2(self._cols), self.move
        m.submodules.words = words = KeyWords()
        m.submodules.inputs = inputs = StepNoise(0, NOISE_INDEX_BITS)
        m.submodules.outputs = outputs = StepNoise(NOISE_INDEX_BITS + low, NOISE_INDEX_BITS - low)
        of_input, marked, of_output = (
            Signal(NOISE_BITS, name=name) for name in ("of_input", "marked", "of_output")
        )
        column_keys = Signal(data.ArrayLayout(NOISE_BITS, low))
        key = words.key.payload
        m.d.comb += [
            words.start.eq(self.start),
            words.step.eq(self.step),
            words.layer.eq(self.layer),
            inputs.index.eq(self.fan_in),
            outputs.index.eq(self.fan_out >> low),
        ]
        for part in (inputs, outputs):
            m.d.comb += [part.key.valid.eq(words.key.valid), part.key.payload.eq(key)]
        with m.If(self.start):
            m.d.sync += [of_input.eq(0), of_output.eq(0)]
        selected = Cat(Const(0, NOISE_INDEX_BITS), self.first).bit_select(key.number, 1)
        with m.If(words.key.valid & selected):
            m.d.sync += of_output.eq(of_output ^ key.word)
        for bit, column_key in enumerate(column_keys):
            with m.If(words.key.valid & (key.number == NOISE_INDEX_BITS + bit)):
                m.d.sync += column_key.eq(key.word)
        with m.If(move.mark):
            m.d.sync += marked.eq(of_input)
        with m.If(move.step):
            m.d.sync += of_input.eq(of_input ^ inputs.noise)
        with m.If(move.back):
            m.d.sync += of_input.eq(marked)
        with m.If(move.wrap):
            m.d.sync += [of_input.eq(0), of_output.eq(of_output ^ outputs.noise)]
        m.d.sync += self.common.eq(of_input ^ of_output)
        for c in range(self._cols):
            chosen = [column_keys[bit] for bit in range(low) if c >> bit & 1]
            m.d.sync += self.columns[c].eq(reduce(xor, chosen, Const(0)))
        return m
