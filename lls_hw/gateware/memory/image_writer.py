"""Image writer: where the host's bytes go in the banks of the image memory."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.registers import IMAGE_SHAPE
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.delay import delay
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.memory_ports import WritePort

__all__ = ["IMAGE_SHAPE_LAYOUT", "ImageWriter", "image_write_members"]

IMAGE_SHAPE_LAYOUT = struct_layout(IMAGE_SHAPE)
"""What the host writes into the IMAGE_SHAPE register."""


def image_write_members(config: Config) -> dict[str, wiring.Member]:
    """Members through which the host writes images."""
    row = ceil_log2(config.image_depth) + ceil_log2(IMAGE_BANKS)
    return {
        "image": In(element_write()),
        "image_row": In(stream.Signature(row, always_ready=True)),
        "shape": In(IMAGE_SHAPE_LAYOUT),
    }


class ImageWriter(wiring.Component):
    """Takes a byte or the number of a row a cycle; both are written LATENCY cycles later.

    Row g lies in bank g % IMAGE_BANKS, from word (g // IMAGE_BANKS) * width on. After a row's last
    byte comes the next row's first.

    Members
    -------
    image : next byte, in the low bits of `data`; `addr` is ignored. Channels are inside, then the
        pixels of a row, then rows.
    image_row : the next byte begins this row.
    shape : of the images, at most `image_channels` channels; stable while their bytes come, and
        from two cycles before.
    banks : writes to the banks, one lane a channel.
    """

    LATENCY = 2
    """Cycles from a byte to its write: a row's number passes a multiplier between registers."""

    def __init__(self, config: Config) -> None:
        self._channels = config.image_channels
        port = WritePort(config.image_depth, ACT_BITS * self._channels, self._channels)
        super().__init__(
            {**image_write_members(config), "banks": Out(port).array(IMAGE_BANKS)},
        )

    def elaborate(self, platform):
        m = Module()
        width, channels = self.shape.width, self.shape.channels
        bank = Signal(range(IMAGE_BANKS))
        line, place, first, following = (
            Signal.like(self.banks[0].addr, name=name)
            for name in ("line", "place", "first", "following")
        )
        x, channel, row = Signal.like(width), Signal(range(self._channels)), self.image_row.payload
        last_x, last_channel = Signal.like(width), Signal.like(channels)
        pixel_end, row_end = Signal(), Signal()
        late_row = delay(m, row, self.LATENCY - 1, "row")
        first_bank = delay(m, row[: len(bank)], self.LATENCY, "first_bank")
        begin = delay(m, self.image_row.valid, self.LATENCY, "begin")
        byte = delay(m, self.image.payload.data[:ACT_BITS], self.LATENCY, "byte")
        enable = delay(m, self.image.valid, self.LATENCY, "enable")
        m.d.sync += [last_x.eq(width - 1), last_channel.eq(channels - 1)]
        m.d.sync += first.eq((late_row >> len(bank)) * width)
        m.d.comb += [
            pixel_end.eq(channel == last_channel),
            row_end.eq(pixel_end & (x == last_x)),
            following.eq(line + Mux(bank.all(), width, 0)),
        ]
        with m.If(begin):
            m.d.sync += [line.eq(first), place.eq(first), bank.eq(first_bank)]
            m.d.sync += [x.eq(0), channel.eq(0)]
        with m.Elif(enable & row_end):
            m.d.sync += [line.eq(following), place.eq(following), bank.eq(bank + 1)]
            m.d.sync += [x.eq(0), channel.eq(0)]
        with m.Elif(enable & pixel_end):
            m.d.sync += [place.eq(place + 1), x.eq(x + 1), channel.eq(0)]
        with m.Elif(enable):
            m.d.sync += channel.eq(channel + 1)
        for k, port in enumerate(self.banks):
            m.d.comb += [
                port.addr.eq(place),
                port.data.eq(Cat([byte] * self._channels)),
                port.enable.eq((enable & (bank == k)) << channel),
            ]
        return m
