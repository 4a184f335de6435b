"""Noise of the weight update for all columns."""

from functools import reduce
from operator import xor

from amaranth.hdl import Const, Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.gateware.update.noise import NoiseHash, NoiseKeys

__all__ = ["WeightNoise"]


class WeightNoise(wiring.Component):
    """Noise of the weights of a row: `common` ^ ``columns[c]`` for column c.

    `start` in cycle t: `columns` is valid from cycle t + NoiseKeys.CYCLES + 1 on. `common` follows
    the index by LATENCY cycles; one row a cycle. As the noise is linear in the bits of the index,
    the columns differ by key words alone.

    Parameters
    ----------
    cols : columns; a power of two.

    Members
    -------
    start, step, layer : the keys of this layer and training step.
    fan_in, fan_out : index of the weight in column 0; `fan_out` is a multiple of `cols`.
    """

    LATENCY = NoiseHash.LATENCY

    def __init__(self, cols: int) -> None:
        self._cols = cols
        super().__init__(
            {
                "start": In(1),
                "step": In(32),
                "layer": In(5),
                "fan_in": In(NOISE_INDEX_BITS),
                "fan_out": In(NOISE_INDEX_BITS),
                "common": Out(NOISE_BITS),
                "columns": Out(data.ArrayLayout(NOISE_BITS, cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.keys = keys = NoiseKeys()
        m.submodules.hash = hash_ = NoiseHash()
        m.d.comb += [
            keys.start.eq(self.start),
            keys.step.eq(self.step),
            keys.layer.eq(self.layer),
            hash_.keys.eq(keys.keys),
            hash_.fan_in.eq(self.fan_in),
            hash_.fan_out.eq(self.fan_out),
            self.common.eq(hash_.noise),
        ]
        fan_out_keys = [keys.keys[NOISE_INDEX_BITS + bit] for bit in range(NOISE_INDEX_BITS)]
        for c in range(self._cols):
            chosen = [key for bit, key in enumerate(fan_out_keys) if c >> bit & 1]
            m.d.sync += self.columns[c].eq(reduce(xor, chosen, Const(0)))
        return m
