"""Exponents of the errors: one a sample and layer, and the level that a batch shares."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ERROR_MAX, SHIFT_MAX
from lls_hw.gateware.memory.ram import Ram

__all__ = ["EXPONENT_BITS", "LEVEL_BITS", "ErrorScale"]

EXPONENT_BITS = 6
"""Exponents of scaled errors are 15..38."""
LEVEL_BITS = 7
"""Levels, signed, are -31..3."""
_ERROR_BITS = ERROR_MAX.bit_length()


class ErrorScale(wiring.Component):
    """Right shift of each sample's errors, `golden.integer.error_shifts`.

    `shift` follows `sample` (of layer `layer`) by 3 cycles. `level` is the level of `layer`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        layer, sample = ceil_log2(config.max_layers), ceil_log2(config.max_batch)
        super().__init__(
            {
                "layer": In(layer),
                "sample": In(sample),
                "shift": Out(range(SHIFT_MAX + 1)),
                "level": Out(signed(LEVEL_BITS)),
                "exponent_enable": In(1),
                "exponent_addr": In(layer + sample),
                "exponent_data": In(EXPONENT_BITS),
                "level_enable": In(1),
                "level_layer": In(layer),
                "level_data": In(signed(LEVEL_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        depth = 1 << len(self.exponent_addr)
        m.submodules.exponents = exponents = Ram(EXPONENT_BITS, depth)
        levels = Array(
            Signal(signed(LEVEL_BITS), name=f"level_{k}") for k in range(config.max_layers)
        )
        with m.If(self.level_enable):
            m.d.sync += levels[self.level_layer].eq(self.level_data)
        wide, base = Signal(signed(LEVEL_BITS + 1)), Signal(signed(LEVEL_BITS + 1))
        m.d.comb += [
            exponents.read.addr.eq(Cat(self.sample, self.layer)),
            exponents.write.addr.eq(self.exponent_addr),
            exponents.write.data.eq(self.exponent_data),
            exponents.write.enable.eq(self.exponent_enable),
            wide.eq(base + exponents.read.data),
        ]
        m.d.sync += [
            self.level.eq(levels[self.layer]),
            base.eq(self.level - _ERROR_BITS),
            self.shift.eq(Mux(wide > SHIFT_MAX, SHIFT_MAX, wide)),
        ]
        return m
