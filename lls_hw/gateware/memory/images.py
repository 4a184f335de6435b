"""Image memory: inputs of a first layer, read three rows at a time."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS as BANKS
from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.registers import IMAGE_SHAPE
from lls_hw.gateware.delay import delay
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.memory.ram import Ram

__all__ = ["IMAGE_SHAPE_LAYOUT", "ImageStore", "column_layout"]

IMAGE_SHAPE_LAYOUT = struct_layout(IMAGE_SHAPE)
"""What the host writes into the IMAGE_SHAPE register."""


def column_layout(config: Config) -> data.ArrayLayout:
    """Pixels above one another: [row][channel]."""
    return data.ArrayLayout(data.ArrayLayout(ACT_BITS, config.image_channels), 3)


class ImageStore(wiring.Component):
    """Pixels (x, g - 1), (x, g), (x, g + 1) in one cycle, 3 cycles after they are asked for.

    Members
    -------
    width : of the images, stable while reading.
    read_addr, read_row : word (g // BANKS) * width + x, and g % BANKS.
    column : the three pixels.
    host_row, host_row_enable : the next byte begins row g.
    host_shape : of the images being written; at most `image_channels` channels.
    host_data, host_enable : next byte; channels inside, then pixels of a row, then rows. Rows and
        bytes take effect two cycles later.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        addr = ceil_log2(config.image_depth)
        super().__init__(
            {
                "width": In(FIELDS["out_width"]),
                "read_addr": In(addr),
                "read_row": In(ceil_log2(BANKS)),
                "column": Out(column_layout(config)),
                "host_row": In(addr + ceil_log2(BANKS)),
                "host_row_enable": In(1),
                "host_shape": In(IMAGE_SHAPE_LAYOUT),
                "host_data": In(ACT_BITS),
                "host_enable": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, channels = self._config, self._config.image_channels
        banks = [
            Ram(ACT_BITS * channels, config.image_depth, granularity=ACT_BITS, latency=1)
            for _ in range(BANKS)
        ]
        row = delay(m, self.read_row, 2, "row")
        words = Array(bank.read.data for bank in banks)
        for k, bank in enumerate(banks):
            m.submodules[f"bank_{k}"] = bank
            last = BANKS - 1
            above = (k == last) & (self.read_row == 0)
            below = (k == 0) & (self.read_row == last)
            m.d.sync += bank.read.addr.eq(
                self.read_addr - Mux(above, self.width, 0) + Mux(below, self.width, 0)
            )
        for k, pixel in enumerate(self.column):
            place = Signal(ceil_log2(BANKS), name=f"place_{k}")
            m.d.comb += place.eq(row + (k - 1))
            m.d.sync += pixel.as_value().eq(words[place])
        self._write(m, banks)
        return m

    def _write(self, m, banks):
        """Where the next byte of the host goes."""
        channels = self._config.image_channels
        line, place = Signal.like(self.read_addr), Signal.like(self.read_addr)
        bank = Signal.like(self.read_row)
        x = Signal(FIELDS["out_width"])
        channel = Signal(range(channels))
        row = delay(m, self.host_row, 1, "host_row")
        first, first_bank = Signal.like(line), Signal.like(bank)
        m.d.sync += [
            first.eq((row >> len(bank)) * self.host_shape.width),
            first_bank.eq(row),
        ]
        row_enable = delay(m, self.host_row_enable, 2, "row_enable")
        enable, byte = delay(m, self.host_enable, 2, "enable"), delay(m, self.host_data, 2, "byte")
        with m.If(row_enable):
            m.d.sync += [line.eq(first), place.eq(first), x.eq(0), channel.eq(0)]
            m.d.sync += bank.eq(first_bank)
        with m.Elif(enable):
            m.d.sync += channel.eq(channel + 1)
            with m.If(channel == self.host_shape.channels - 1):
                m.d.sync += [channel.eq(0), x.eq(x + 1), place.eq(place + 1)]
                with m.If(x == self.host_shape.width - 1):
                    following = line + Mux(bank == BANKS - 1, self.host_shape.width, 0)
                    m.d.sync += [x.eq(0), bank.eq(bank + 1)]
                    m.d.sync += [line.eq(following), place.eq(following)]
        for k, ram in enumerate(banks):
            m.d.comb += [
                ram.write.addr.eq(place),
                ram.write.data.eq(Cat([byte] * channels)),
                ram.write.enable.eq((enable & (bank == k)) << channel),
            ]
