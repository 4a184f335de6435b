"""Tiler: walks over the tiles of one layer and issues one beat a cycle."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.beat import BeatRegister, beat_layout
from lls_hw.gateware.tiler.error_address import ErrorAddress
from lls_hw.gateware.tiler.input_address import InputAddress
from lls_hw.gateware.tiler.pixels import PixelCounter
from lls_hw.gateware.tiler.tile_loops import TileLoops
from lls_hw.gateware.tiler.tile_timer import TileTimer
from lls_hw.gateware.tiler.weight_address import WeightAddress

__all__ = ["Tiler", "beat_layout"]


class Tiler(wiring.Component):
    """Beats of a FORWARD or GRADIENT operation.

    Loops, outermost first: output tiles; bands of pixels (forward only); rows and columns of the
    kernel; input tiles; pixels. The tiler asks for a forward tile's weights during the tile
    before it; a preload of `rows` cycles fills the pipe. An operation takes
    `timing_array.forward_cycles` or `timing_array.gradient_cycles` cycles from `start` to the
    falling edge of `busy`; in the last of them all pipelines run empty.

    Members
    -------
    operation : descriptor, stable while busy and from four cycles before `start`; `x_base`
        includes the buffer offset. gradient : what to do; else forward.
    start : strobe while not busy.
    busy : the operation is under way; `done` marks its last cycle. working : `busy` without the
        cycle of `start`.
    sample : ``beat.sample`` of the next cycle.
    beat : one beat a cycle, registered; not valid when idle. `inside`: the tap lies in the map.
        `index` : place of the pixel in its band. `top` .. `image_row` : for the patch packer.
        `latent_addr`, `sign_addr` : gradient only.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "gradient": In(1),
                "start": In(1),
                "busy": Out(1),
                "working": Out(1),
                "done": Out(1),
                "sample": Out(ceil_log2(config.max_batch)),
                "beat": Out(beat_layout(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.timer = timer = TileTimer(self._config)
        m.submodules.loops = loops = TileLoops(self._config)
        m.submodules.pixels = pixels = PixelCounter(self._config.maps)
        m.submodules.inputs = inputs = InputAddress(self._config)
        m.submodules.weights = weights = WeightAddress(self._config)
        m.submodules.errors = errors = ErrorAddress(self._config)
        m.submodules.beats = beats = BeatRegister(self._config)

        for part in (loops, pixels, inputs, weights, errors):
            m.d.comb += part.operation.eq(self.operation)
        for part in (timer, loops, beats):
            m.d.comb += part.gradient.eq(self.gradient)
        connect(m, timer.strobes, loops.strobes, weights.strobes, errors.strobes, beats.strobes)
        connect(m, loops.band, timer.band)
        connect(m, loops.walk, pixels.walk, inputs.walk)
        connect(m, loops.tap, inputs.tap, beats.tap)
        connect(m, loops.tile, timer.tile, inputs.tile, weights.tile, errors.tile)
        connect(m, pixels.pixel, inputs.pixel, errors.pixel, beats.pixel)
        connect(m, inputs.place, beats.input)
        connect(m, errors.place, beats.error)
        m.d.comb += [
            beats.weight_addr.eq(weights.addr),
            timer.start.eq(self.start),
            self.busy.eq(timer.busy),
            self.working.eq(timer.working),
            self.done.eq(timer.done),
            self.sample.eq(errors.place.sample),
            self.beat.eq(beats.beat),
        ]
        return m
