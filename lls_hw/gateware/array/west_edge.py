"""West edge of the array: what enters it with each beat."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.latency import BEAT_LATENCY, INPUT_LATENCY, OPERAND_LATENCY
from lls_hw.gateware.array.patches import PatchPacker
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.control import Control
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.activations import ActivationStore, ActivationWrite
from lls_hw.gateware.memory.image_writer import place_write
from lls_hw.gateware.memory.images import IMAGE_SHAPE_LAYOUT, ImageStore
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.tiler import beat_layout

__all__ = ["WestEdge"]


class WestEdge(wiring.Component):
    """Inputs of the array, from the activations or from patches of an image, and their control.

    The input memories lie far from everything else: they get a beat BEAT_LATENCY cycles before
    the rest of the engine does. `x` and `control` follow `asked` by LATENCY cycles; one beat a
    cycle.

    Members
    -------
    operation : stable while beats are valid.
    asked : the tiler's beat. beat : the same, for the rest of the engine.
    x, control : for the array.
    activations : outputs of the array are written.
    act, image : elements that the host writes; the image store ignores the address.
    image_place : the next byte of an image begins a row here. image_shape : of these images.
    """

    LATENCY = INPUT_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "asked": In(beat_layout(config)),
                "beat": Out(beat_layout(config)),
                "x": Out(data.ArrayLayout(signed(ACT_BITS), config.rows)),
                "control": Out(Control),
                "activations": In(ActivationWrite(config)),
                "act": In(element_write(always_ready=False)),
                "image": In(element_write()),
                "image_place": In(place_write()),
                "image_shape": In(IMAGE_SHAPE_LAYOUT),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, asked, beat = self._config, self.asked, self.beat
        m.submodules.store = store = ActivationStore(config)
        m.submodules.images = images = ImageStore(config)
        m.submodules.packer = packer = PatchPacker(config)
        connect(m, flipped(self.act), store.host)
        connect(m, flipped(self.image), images.image)
        connect(m, flipped(self.image_place), images.image_place)
        connect(m, flipped(self.activations), store.write)
        m.d.sync += self.x.eq(Mux(self.operation.packed, packer.x, store.read.x))
        m.d.comb += [
            beat.eq(delay(m, asked, BEAT_LATENCY, "beat")),
            self.control.eq(delay(m, beat.control, OPERAND_LATENCY, "control")),
            store.read.valid.eq(asked.inside),
            store.read.addr.eq(asked.x_addr),
            store.read.part.eq(asked.x_part),
            images.width.eq(self.operation.out_width),
            images.read_addr.eq(asked.image_addr),
            images.read_row.eq(asked.image_row),
            images.shape.eq(self.image_shape),
            packer.column.eq(images.column),
            packer.single.eq(self.operation.in_channels == packer.TAPS),
            packer.valid.eq(beat.valid),
            packer.top.eq(beat.top),
            packer.bottom.eq(beat.bottom),
            packer.leftmost.eq(beat.leftmost),
            packer.rightmost.eq(beat.rightmost),
            packer.tile.eq(beat.tile),
        ]
        return m
