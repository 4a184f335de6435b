"""The axis counter: steps without a carry do not count."""

import random

import pytest

from lls_hw.gateware.tiler.axis_counter import AxisCounter
from tests.gateware.helpers import cell_places, check


@pytest.mark.parametrize(("size", "cells"), [(1, 1), (2, 2), (5, 2), (7, 4), (255, 4)])
def test_carry(size, cells):
    rng = random.Random(size)
    begin = {"size": size, "cells": cells, "walk.restart": 1}
    cycles = [(begin, {}), ({"walk.restart": 0}, {})]
    place = 0
    for _ in range(3 * size + 20):
        step, carry = int(rng.random() < 0.9), int(rng.random() < 0.9)
        cell, first, last = cell_places(size, cells)[place]
        wanted = {"place": place, "cell": cell, "cell_first": first, "cell_last": last}
        wanted = {f"at.{name}": value for name, value in wanted.items()}
        wanted["at.end"] = place == size - 1
        cycles.append(({"walk.step": step, "carry": carry}, wanted))
        place = (place + (step & carry)) % size
    check(AxisCounter(), cycles)
