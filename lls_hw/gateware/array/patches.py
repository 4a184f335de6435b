"""Patch packer: the 3 x 3 neighbourhood of a pixel as input channels of the array."""

from amaranth.hdl import Array, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.latency import BEAT_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.images import ImageStore, column_layout

__all__ = ["PatchPacker"]


_NEIGHBOUR_LATENCY = 1
"""Cycles from a pixel's column to that of its right neighbour."""


class PatchPacker(wiring.Component):
    """Inputs of one tile of a 3 x 3 convolution with padding 1, one pixel a cycle.

    Rows of pixels must come without a gap and from their beginning. A pixel in cycle t has its
    `column` in cycle t + COLUMN_LATENCY and its `x` in cycle t + LATENCY. Value tile * rows + r of
    a patch is number (ky * 3 + kx) * channels + c; after the last one come zeros.

    Members
    -------
    single : the image has one channel, else `image_channels`; stable.
    valid, top, bottom, leftmost, rightmost, tile : of the pixel in cycle t.
    column : the pixel and those above and below it.
    x : inputs of the array.
    """

    TAPS = 9
    COLUMN_LATENCY = ImageStore.LATENCY - BEAT_LATENCY
    LATENCY = COLUMN_LATENCY + _NEIGHBOUR_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "single": In(1),
                "valid": In(1),
                "top": In(1),
                "bottom": In(1),
                "leftmost": In(1),
                "rightmost": In(1),
                "tile": In(range(max(config.patch_tiles, 2))),
                "column": In(column_layout(config)),
                "x": Out(data.ArrayLayout(signed(ACT_BITS), config.rows)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        layout = column_layout(self._config)
        left, middle, right = (Signal(layout, name=name) for name in ("left", "middle", "right"))
        top, bottom = (
            delay(m, getattr(self, name), self.COLUMN_LATENCY, name) for name in ("top", "bottom")
        )
        for k, hidden in enumerate((top, 0, bottom)):
            m.d.comb += right[k].as_value().eq(Mux(hidden, 0, self.column[k].as_value()))
        m.d.sync += [middle.eq(right), left.eq(middle)]
        valid, leftmost, rightmost, tile = (
            delay(m, getattr(self, name), self.LATENCY, name)
            for name in ("valid", "leftmost", "rightmost", "tile")
        )
        window = []
        for source, hidden in ((left, leftmost), (middle, 0), (right, rightmost)):
            seen = Signal(layout, name=f"seen_{len(window)}")
            m.d.comb += seen.as_value().eq(Mux(valid & ~hidden, source.as_value(), 0))
            window.append(seen)
        several = self._lanes(window, self._config.image_channels)
        single = self._lanes(window, 1)
        for lane, a, b in zip(self.x, single, several, strict=True):
            m.d.comb += lane.eq(Mux(self.single, Array(a)[tile], Array(b)[tile]))
        return m

    def _lanes(self, window, channels):
        """What each row of the array sees, by tile."""
        rows, tiles = self._config.rows, self._config.patch_tiles
        values = [window[kx][ky][c] for ky in range(3) for kx in range(3) for c in range(channels)]
        values += [Const(0, ACT_BITS)] * (tiles * rows - len(values))
        return [values[r::rows] for r in range(rows)]
