"""Image writer: where the host's bytes go in the banks of the image memory."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.registers import IMAGE_PLACE, IMAGE_SHAPE
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.delay import delay
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.memory_ports import WritePort

__all__ = ["IMAGE_SHAPE_LAYOUT", "ImageWriter", "image_write_members", "place_write"]

IMAGE_SHAPE_LAYOUT = struct_layout(IMAGE_SHAPE)
"""What the host writes into the IMAGE_SHAPE register."""


def place_write() -> stream.Signature:
    """Stream of places in the image memory at which rows begin."""
    return stream.Signature(struct_layout(IMAGE_PLACE), always_ready=True)


def image_write_members() -> dict[str, wiring.Member]:
    """Members through which the host writes images."""
    return {
        "image": In(element_write()),
        "image_place": In(place_write()),
        "shape": In(IMAGE_SHAPE_LAYOUT),
    }


class ImageWriter(wiring.Component):
    """Takes a byte or the place of a row a cycle; a byte is written LATENCY cycles later.

    Row g lies in bank g % IMAGE_BANKS, from word (g // IMAGE_BANKS) * width on. After a row's last
    byte comes the next row's first.

    Members
    -------
    image : next byte, in the low bits of `data`; `addr` is ignored. Channels are inside, then the
        pixels of a row, then rows.
    image_place : the next byte begins a row here.
    shape : of the images, at most `image_channels` channels; stable while their bytes come, and
        from two cycles before.
    banks : writes to the banks, one lane a channel.
    """

    LATENCY = 1

    def __init__(self, config: Config) -> None:
        self._channels = config.image_channels
        port = WritePort(config.image_depth, ACT_BITS * self._channels, self._channels)
        super().__init__(
            {**image_write_members(), "banks": Out(port).array(IMAGE_BANKS)},
        )

    def elaborate(self, platform):
        m = Module()
        width, channels = self.shape.width, self.shape.channels
        bank = Signal(range(IMAGE_BANKS))
        line, place, following = (
            Signal.like(self.banks[0].addr, name=name) for name in ("line", "place", "following")
        )
        x, channel = Signal.like(width), Signal(range(self._channels))
        last_x, last_channel = Signal.like(width), Signal.like(channels)
        pixel_end, row_end = Signal(), Signal()
        first = delay(m, self.image_place.payload, self.LATENCY, "first")
        begin = delay(m, self.image_place.valid, self.LATENCY, "begin")
        byte = delay(m, self.image.payload.data[:ACT_BITS], self.LATENCY, "byte")
        enable = delay(m, self.image.valid, self.LATENCY, "enable")
        m.d.sync += [last_x.eq(width - 1), last_channel.eq(channels - 1)]
        m.d.comb += [
            pixel_end.eq(channel == last_channel),
            row_end.eq(pixel_end & (x == last_x)),
            following.eq(line + Mux(bank.all(), width, 0)),
        ]
        with m.If(begin):
            m.d.sync += [line.eq(first.word), place.eq(first.word), bank.eq(first.bank)]
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
