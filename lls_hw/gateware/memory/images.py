"""Image memory: inputs of a first layer, three rows of pixels in one read."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.image_writer import (
    IMAGE_SHAPE_LAYOUT,
    ImageWriter,
    image_write_members,
)
from lls_hw.gateware.memory.ram import Ram

__all__ = ["IMAGE_SHAPE_LAYOUT", "ImageStore", "column_layout"]

_ADDRESS_LATENCY = 1
"""Cycles until every bank has its address."""


def column_layout(config: Config) -> data.ArrayLayout:
    """Pixels above one another: [row][channel]."""
    return data.ArrayLayout(data.ArrayLayout(ACT_BITS, config.image_channels), 3)


class ImageStore(wiring.Component):
    """Pixels (x, g - 1), (x, g), (x, g + 1) in one cycle, LATENCY cycles after their address.

    Row g lies in bank g % IMAGE_BANKS, from word (g // IMAGE_BANKS) * width on: rows next to each
    other lie in different banks.

    Members
    -------
    width : of the images, stable while reading.
    read_addr, read_row : word (g // IMAGE_BANKS) * width + x, and g % IMAGE_BANKS.
    column : the three pixels.
    image, image_place, shape : what the host writes, see `ImageWriter`.
    """

    LATENCY = _ADDRESS_LATENCY + Ram.LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "width": In(FIELDS["out_width"]),
                "read_addr": In(ceil_log2(config.image_depth)),
                "read_row": In(ceil_log2(IMAGE_BANKS)),
                "column": Out(column_layout(config)),
                **image_write_members(),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.writer = writer = ImageWriter(self._config)
        connect(m, flipped(self.image), writer.image)
        connect(m, flipped(self.image_place), writer.image_place)
        m.d.comb += writer.shape.eq(self.shape)
        words = []
        for k, write in enumerate(writer.banks):
            m.submodules[f"bank_{k}"] = bank = self._bank()
            connect(m, write, bank.write)
            above = (k == IMAGE_BANKS - 1) & (self.read_row == 0)
            below = (k == 0) & (self.read_row == IMAGE_BANKS - 1)
            m.d.sync += bank.read.addr.eq(
                self.read_addr - Mux(above, self.width, 0) + Mux(below, self.width, 0)
            )
            words.append(bank.read.data)
        row = delay(m, self.read_row, self.LATENCY, "row")
        for k, pixel in enumerate(self.column):
            place = Signal.like(row, name=f"place_{k}")
            m.d.comb += place.eq(row + (k - 1))
            m.d.comb += pixel.as_value().eq(Array(words)[place])
        return m

    def _bank(self):
        """One bank; each channel of a pixel is written by itself."""
        width = ACT_BITS * self._config.image_channels
        return Ram(width, self._config.image_depth, granularity=ACT_BITS)
