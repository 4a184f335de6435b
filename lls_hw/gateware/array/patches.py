"""Patch packer: the 3 x 3 neighbourhood of a pixel as input channels of the array."""

from amaranth.hdl import Array, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.images import column_layout

__all__ = ["PatchPacker"]


class PatchPacker(wiring.Component):
    """Inputs of one tile of a 3 x 3 convolution with padding 1, one pixel a cycle.

    Rows of pixels must come without a gap and from their beginning; a pixel in cycle t has its
    `column` in cycle t + 2 and its `x` in cycle t + 3. Value tile * rows + r of a patch is number
    (ky * 3 + kx) * channels + c; behind the last one there is zero.

    Members
    -------
    single : the image has one channel, else `image_channels`; stable.
    valid, top, bottom, leftmost, rightmost, tile : of the pixel in cycle t.
    column : the pixel and those above and below it.
    """

    TAPS = 9

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
        config = self._config
        layout = column_layout(config)
        here = Signal(layout)
        middle, left = Signal(layout), Signal(layout)
        top, bottom = (delay(m, s, 2, n) for s, n in ((self.top, "top"), (self.bottom, "bottom")))
        for k, hidden in enumerate((top, 0, bottom)):
            m.d.comb += here[k].as_value().eq(Mux(hidden, 0, self.column[k].as_value()))
        m.d.sync += [middle.eq(here), left.eq(middle)]

        valid, leftmost, rightmost, tile = (
            delay(m, s, 3, n)
            for s, n in (
                (self.valid, "valid"), (self.leftmost, "leftmost"),
                (self.rightmost, "rightmost"), (self.tile, "tile"),
            )
        )  # fmt: skip
        columns = []
        for name, source, hidden in (
            ("left", left, leftmost), ("middle", middle, 0), ("right", here, rightmost),
        ):  # fmt: skip
            seen = Signal(layout, name=f"seen_{name}")
            m.d.comb += seen.as_value().eq(Mux(valid & ~hidden, source.as_value(), 0))
            columns.append(seen)
        several = self._lanes(columns, config.image_channels)
        single = self._lanes(columns, 1)
        for lane, a, b in zip(self.x, single, several, strict=True):
            m.d.comb += lane.eq(Mux(self.single, Array(a)[tile], Array(b)[tile]))
        return m

    def _lanes(self, columns, channels):
        """What each row of the array sees, by tile."""
        rows, tiles = self._config.rows, self._config.patch_tiles
        values = [columns[kx][ky][c] for ky in range(3) for kx in range(3) for c in range(channels)]
        values += [Const(0, ACT_BITS)] * (tiles * rows - len(values))
        return [values[r::rows] for r in range(rows)]
