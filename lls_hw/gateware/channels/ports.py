"""Signatures that join the channel unit to the array, seen from the array."""

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS, NOISE_INDEX_BITS, PSUM_BITS

__all__ = ["GradientRows", "OutputWords"]


class OutputWords(wiring.Signature):
    """Outputs that a block hands on: `word` of one pixel when `written`.

    `tile_end` comes with or after the last one of an output tile.
    """

    def __init__(self, config: Config) -> None:
        word = data.ArrayLayout(signed(ACT_BITS), config.cols)
        super().__init__({"word": Out(word), "written": Out(1), "tile_end": Out(1)})


class GradientRows(wiring.Signature):
    """Gradients of the weights: `enable` when that of weight `fan_in`, `fan_out` is in column 0.

    `north` are the gradients of all columns, each a cycle after its western neighbour.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "enable": Out(1),
                "fan_in": Out(NOISE_INDEX_BITS),
                "fan_out": Out(NOISE_INDEX_BITS),
                "north": Out(data.ArrayLayout(signed(PSUM_BITS), config.cols)),
            }
        )
