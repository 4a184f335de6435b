"""Gradient of a modulation over a batch, and its update."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MODULATION_LAYER, NOISE_INDEX_BITS, PSUM_BITS, WEIGHT_BITS
from lls_hw.contract.latency import RAM_LATENCY, UPDATE_LATENCY
from lls_hw.contract.latency_local import GRADIENT_SUM_LATENCY, UPDATE_WEIGHT_LATENCY
from lls_hw.contract.timing_local import MODULATION_PRODUCT_CYCLES
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.modulation.walk import ENTRY_TAG
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import WritePort
from lls_hw.gateware.update.noise import NoiseHash, NoiseKeys
from lls_hw.gateware.update.update import Update

__all__ = ["ModulationUpdate"]

_READ = MODULATION_PRODUCT_CYCLES - RAM_LATENCY
"""From the tag of an entry to the read of its gradient so far."""
_SUMMED = MODULATION_PRODUCT_CYCLES + GRADIENT_SUM_LATENCY
"""From the tag of an entry to its gradient over the samples."""
_WEIGHT = _SUMMED + UPDATE_WEIGHT_LATENCY - RAM_LATENCY
"""From the value of an entry to its update."""


class ModulationUpdate(wiring.Component):
    """Adds up gradients sample by sample; with the last sample the entries move.

    One entry a cycle. Of an entry whose `tag` and address come in cycle t, `entry` is taken in
    cycle t + RAM_LATENCY and its `gradient` in this sample in cycle t +
    MODULATION_PRODUCT_CYCLES; it is written in cycle t + BACKWARD_DRAIN.

    Members
    -------
    command : stable from `first` on, which comes before the batch; the keys of the noise are
        ready 43 cycles later.
    step : number of the training step. sample : number of the sample in its batch.
    addr, tag : entry; it counts where the tag is valid and `backward`.
    entry, gradient : value and gradient.
    write : stores the new value.
    """

    def __init__(self, config: Config) -> None:
        self._depth = config.modulation_depth
        super().__init__(
            {
                "command": In(command_layout(config)),
                "first": In(1),
                "step": In(32),
                "sample": In(ceil_log2(config.max_batch)),
                "addr": In(ceil_log2(self._depth)),
                "tag": In(ENTRY_TAG),
                "entry": In(signed(WEIGHT_BITS)),
                "gradient": In(signed(PSUM_BITS)),
                "write": Out(WritePort(self._depth, signed(WEIGHT_BITS))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command, tag, write = self.command, self.tag, self.write
        m.submodules.gradients = gradients = Ram(PSUM_BITS, self._depth)
        m.submodules.keys = keys = NoiseKeys()
        m.submodules.hash = hash_ = NoiseHash()
        m.submodules.update = update = Update()
        total, earlier = Signal(signed(PSUM_BITS)), Signal(signed(PSUM_BITS))
        walking, moves, last_sample = Signal(), Signal(), Signal()
        valid = delay(m, walking, _SUMMED, "valid")
        read_addr = delay(m, self.addr, _READ, "read_addr")
        addr = delay(m, read_addr, _SUMMED - _READ, "addr")
        row = delay(m, tag.row, _SUMMED, "row")
        m.d.comb += [
            walking.eq(tag.valid & tag.backward),
            last_sample.eq(self.sample == command.samples - 1),
            moves.eq(valid & last_sample & command.train),
            gradients.read.addr.eq(read_addr),
            earlier.eq(gradients.read.data),
            gradients.write.addr.eq(addr),
            gradients.write.data.eq(total),
            gradients.write.enable.eq(valid),
            keys.start.eq(self.first),
            keys.step.eq(self.step),
            keys.layer.eq(command.layer | MODULATION_LAYER),
            hash_.keys.eq(keys.keys),
            hash_.fan_in.eq((row + 1)[:NOISE_INDEX_BITS]),
            hash_.fan_out.eq(delay(m, tag.column, _SUMMED, "column")),
            update.gradient.eq(total),
            update.shift.eq(command.modulation_shift),
            update.noise.eq(hash_.noise),
            update.weight.eq(delay(m, self.entry, _WEIGHT, "entry")),
            write.enable.eq(delay(m, moves, UPDATE_LATENCY, "moves")),
            write.addr.eq(delay(m, addr, UPDATE_LATENCY, "write_addr")),
            write.data.eq(update.result),
        ]
        m.d.sync += total.eq(Mux(self.sample == 0, 0, earlier) + self.gradient)
        return m
