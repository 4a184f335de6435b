"""The narrowing shift: every number by every amount, and wide numbers around the limits."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lls_hw.gateware.arithmetic.narrowing_shift import NarrowingShift
from tests.gateware.helpers import play


class Clocked(wiring.Component):
    """The shifter and a register after it: the simulator wants a clock."""

    def __init__(self, *sizes):
        self._shifter = NarrowingShift(*sizes)
        super().__init__(self._shifter.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.shifter = shifter = self._shifter
        m.d.comb += [shifter.i.eq(self.i), shifter.amount.eq(self.amount)]
        m.d.sync += [self.o.eq(shifter.o), self.over.eq(shifter.over)]
        return m


def check(sizes, pairs):
    stimulus = [{"i": value, "amount": amount} for value, amount in pairs] + [{}]
    records = play(Clocked(*sizes), stimulus, ["o", "over"])[1:]
    limit = 1 << sizes[2] - 1
    for (value, amount), record in zip(pairs, records, strict=True):
        result = value >> amount
        assert record["over"] == (not -limit <= result < limit), (value, amount)
        if not record["over"]:
            assert record["o"] == result, (value, amount)


@pytest.mark.parametrize("out_width", [1, 2, 4, 7, 8])
@pytest.mark.parametrize("amount_bits", [1, 3, 4])
def test_all_numbers(amount_bits, out_width):
    """Amounts larger than the number, and a result as wide as it, among them."""
    check(
        (8, amount_bits, out_width),
        [(value, amount) for value in range(-128, 128) for amount in range(1 << amount_bits)],
    )


def test_around_the_limits():
    """As in the activation unit: 41 bits, 24 of which are kept."""
    rng, pairs = random.Random(0), []
    for amount in range(32):
        limit = 1 << 23 + amount
        near = [limit - 1, limit, limit + 1, -limit - 1, -limit, -limit + 1, -1, 0]
        near += [rng.randrange(-limit, limit) for _ in range(20)]
        near += [rng.getrandbits(41) - 2**40 for _ in range(20)]
        pairs += [(value, amount) for value in near if -(2**40) <= value < 2**40]
    check((41, 5, 24), pairs)
