"""Exponents of the errors: one a sample and layer, and the level that a batch shares."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ERROR_MAX, EXPONENT_BITS, LEVEL_BITS, SHIFT_MAX
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.ports import ErrorShiftRead, ExponentWrite, LevelWrite

__all__ = ["ErrorScale"]

_ERROR_BITS = ERROR_MAX.bit_length()


class ErrorScale(wiring.Component):
    """Right shift of each sample's errors, `golden.integer.error_shifts`.

    `read.shift` follows `read.sample` by `ErrorShiftRead.LATENCY` cycles: two of the memory, one
    of the difference. It follows `layer` by the same number of cycles, and `level` follows it by
    `LEVEL_LATENCY`. A level is there in the cycle after its write.

    Members
    -------
    layer : that the array works on. level : of its errors.
    read : shift of a sample.
    exponents, levels : from the local update unit.
    """

    LEVEL_LATENCY = 1

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "layer": In(ceil_log2(config.max_layers)),
                "level": Out(signed(LEVEL_BITS)),
                "read": In(ErrorShiftRead(config)),
                "exponents": In(ExponentWrite(config)),
                "levels": In(LevelWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.exponents = memory = Ram(EXPONENT_BITS, 1 << len(self.exponents.addr))
        connect(m, flipped(self.exponents), memory.write)
        levels = Array(
            Signal(signed(LEVEL_BITS), name=f"level_{k}") for k in range(self._config.max_layers)
        )
        with m.If(self.levels.enable):
            m.d.sync += levels[self.levels.addr].eq(self.levels.data)
        wide, base = Signal(signed(LEVEL_BITS + 1)), Signal(signed(LEVEL_BITS + 1))
        m.d.comb += memory.read.addr.eq(Cat(self.read.sample, self.layer))
        m.d.comb += wide.eq(base + memory.read.data)
        m.d.sync += [
            self.level.eq(levels[self.layer]),
            base.eq(self.level - _ERROR_BITS),
            self.read.shift.eq(Mux(wide > SHIFT_MAX, SHIFT_MAX, wide)),
        ]
        return m
