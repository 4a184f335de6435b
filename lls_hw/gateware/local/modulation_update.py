"""Gradient of a modulation over a batch, and its update."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import NOISE_INDEX_BITS, PSUM_BITS, WEIGHT_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS, command_layout
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.update.noise import NoiseHash, NoiseKeys
from lls_hw.gateware.update.update import Update

__all__ = ["ModulationUpdate"]

_GRADIENT = 3
_UPDATE = 5
_WRITE = _GRADIENT + 1 + _UPDATE


class ModulationUpdate(wiring.Component):
    """Adds up gradients sample by sample; with the last sample the entries move.

    One entry a cycle. Of an entry whose `valid` and address come in cycle t, `entry` is taken in
    cycle t + 2 and its `gradient` in this sample in cycle t + 3; it is written in cycle t + 9.

    Members
    -------
    command : stable from `prepare` on; the keys of the noise are ready 43 cycles later.
    step : number of the training step. first_sample, last_sample : of the batch.
    valid, addr, row, column : entry; `row` and `column` index its noise.
    entry, gradient : value and gradient.
    write_enable, write_addr, write_data : new value.
    """

    def __init__(self, config: Config) -> None:
        self._depth = config.modulation_depth
        addr = ceil_log2(self._depth)
        super().__init__(
            {
                "command": In(command_layout(config)),
                "prepare": In(1),
                "step": In(32),
                "first_sample": In(1),
                "last_sample": In(1),
                "valid": In(1),
                "addr": In(addr),
                "row": In(CLASS_BITS),
                "column": In(CLASS_BITS),
                "entry": In(signed(WEIGHT_BITS)),
                "gradient": In(signed(PSUM_BITS)),
                "write_enable": Out(1),
                "write_addr": Out(addr),
                "write_data": Out(signed(WEIGHT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.gradients = gradients = Ram(PSUM_BITS, self._depth)
        m.submodules.keys = keys = NoiseKeys()
        m.submodules.hash = hash_ = NoiseHash()
        m.submodules.update = update = Update()
        total = Signal(signed(PSUM_BITS))
        earlier = Signal(signed(PSUM_BITS))
        valid = delay(m, self.valid, _GRADIENT + 1, "valid")
        asked = delay(m, self.addr, _GRADIENT - 2, "asked")
        addr = delay(m, asked, 3, "addr")
        row = delay(m, self.row, _GRADIENT + 1, "row")
        column = delay(m, self.column, _GRADIENT + 1, "column")
        moves = Signal()
        m.d.comb += [
            moves.eq(valid & self.last_sample & self.command.train),
            gradients.read.addr.eq(asked),
            earlier.eq(gradients.read.data),
            gradients.write.addr.eq(addr),
            gradients.write.data.eq(total),
            gradients.write.enable.eq(valid),
            keys.start.eq(self.prepare),
            keys.step.eq(self.step),
            keys.layer.eq(Cat(self.command.layer, Const(1, 1))),
            hash_.keys.eq(keys.keys),
            hash_.fan_in.eq((row + 1)[:NOISE_INDEX_BITS]),
            hash_.fan_out.eq(column),
            update.gradient.eq(total),
            update.shift.eq(self.command.modulation_shift),
            update.noise.eq(hash_.noise),
            update.weight.eq(delay(m, self.entry, _WRITE - 4, "entry")),
            self.write_enable.eq(delay(m, moves, _UPDATE, "moves")),
            self.write_addr.eq(delay(m, addr, _UPDATE, "write")),
            self.write_data.eq(update.result),
        ]
        m.d.sync += total.eq(Mux(self.first_sample, 0, earlier) + self.gradient)
        return m
