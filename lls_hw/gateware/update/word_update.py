"""Update of a word: a weight, with momentum its velocity too."""

from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MOMENTUM_SHIFT_MAX, NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX
from lls_hw.gateware.memory.weights import WeightChange
from lls_hw.gateware.update.momentum import update_unit

__all__ = ["UpdateSettings", "WordUpdate"]


class UpdateSettings(data.Struct):
    """Settings of an operation's updates."""

    shift: range(UPDATE_SHIFT_MAX + 1)
    """Right shift from a gradient to a step."""
    momentum_shift: range(MOMENTUM_SHIFT_MAX + 1)
    """Momentum is 1 - 2**-momentum_shift; without momentum it has no meaning."""


class WordUpdate(wiring.Component):
    """Changes words of a weight store with the unit that the engine is built with.

    `update_unit(config)` says when `noise` and the old word are taken and when the new word is
    there, counted from `gradient`. One word a cycle.

    Members
    -------
    settings : stable.
    gradient : sum of the array. noise : common to all columns. column_noise : of this one.
    change : from the old to the new word.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "settings": In(UpdateSettings),
                "gradient": In(signed(PSUM_BITS)),
                "noise": In(NOISE_BITS),
                "column_noise": In(NOISE_BITS),
                "change": Out(WeightChange(config.momentum)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        old, new = self.change.old, self.change.new
        m.submodules.unit = unit = update_unit(self._config)()
        m.d.comb += [
            unit.gradient.eq(self.gradient),
            unit.shift.eq(self.settings.shift),
            unit.noise.eq(self.noise ^ self.column_noise),
            unit.weight.eq(old.weight),
            new.weight.eq(unit.result),
        ]
        if self._config.momentum:
            m.d.comb += [
                unit.momentum_shift.eq(self.settings.momentum_shift),
                unit.velocity.eq(old.velocity),
                new.velocity.eq(unit.kept),
            ]
        return m
