"""Update of the words of two neighbouring columns: weights, with momentum their velocities too."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MOMENTUM_SHIFT_MAX, NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import WeightChange, word_layout
from lls_hw.gateware.update.momentum import update_unit

__all__ = ["UPDATE_COLUMNS", "SharedUpdate", "UpdateSettings"]

UPDATE_COLUMNS = 2
"""Columns that share a unit. Each has a gradient every other cycle."""


class UpdateSettings(data.Struct):
    """Settings of an operation's updates."""

    shift: range(UPDATE_SHIFT_MAX + 1)
    """Right shift from a gradient to a step."""
    momentum_shift: range(MOMENTUM_SHIFT_MAX + 1)
    """Momentum is 1 - 2**-momentum_shift; without momentum it has no meaning."""


class SharedUpdate(wiring.Component):
    """Changes words of two neighbouring columns in turns, with one unit.

    A column has a gradient every other cycle, and its eastern neighbour a cycle later: `first` says
    in which cycles it is the first one's turn. `update_unit(config)` says when the noise and the
    old word of a turn are taken and when its new word is there, counted from its gradient. One word
    a cycle.

    Members
    -------
    first : it is the first column's gradient that counts in this cycle; else the second one's.
    momentum_shift : stable.
    noise : common to all columns.
    gradients, shifts, column_noises : of each column; the last ones are stable.
    changes : of each column, from the old to the new word; the new word is that of the turn.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

        def each(shape):
            return In(data.ArrayLayout(shape, UPDATE_COLUMNS))

        super().__init__(
            {
                "first": In(1),
                "momentum_shift": In(range(MOMENTUM_SHIFT_MAX + 1)),
                "noise": In(NOISE_BITS),
                "gradients": each(signed(PSUM_BITS)),
                "shifts": each(range(UPDATE_SHIFT_MAX + 1)),
                "column_noises": each(NOISE_BITS),
                "changes": Out(WeightChange(config.momentum)).array(UPDATE_COLUMNS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = update_unit(self._config)()
        old, second_old = (change.old for change in self.changes)
        # A register: the second one's turn is the cycle after the first one's.
        own_first = Signal()
        m.d.sync += own_first.eq(~self.first)
        noise_first = delay(m, self.first, unit.NOISE_AT, "noise")
        word_first = delay(m, self.first, unit.WEIGHT_AT, "word")
        column_noise = Mux(noise_first, self.column_noises[0], self.column_noises[1])
        word = {
            name: Mux(word_first, old[name], second_old[name])
            for name, _ in word_layout(self._config.momentum)
        }
        m.d.comb += [
            unit.gradient.eq(Mux(own_first, self.gradients[0], self.gradients[1])),
            unit.shift.eq(Mux(own_first, self.shifts[0], self.shifts[1])),
            unit.noise.eq(self.noise ^ column_noise),
            unit.weight.eq(word["weight"]),
        ]
        if self._config.momentum:
            m.d.comb += [
                unit.momentum_shift.eq(self.momentum_shift),
                unit.velocity.eq(word["velocity"]),
            ]
        for change in self.changes:
            m.d.comb += change.new.weight.eq(unit.result)
            if self._config.momentum:
                m.d.comb += change.new.velocity.eq(unit.kept)
        return m
