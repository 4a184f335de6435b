"""The arithmetic blocks of the local update unit, each against plain integers."""

import math
import random

import pytest
import torch

from golden import integer
from lls_hw import formats as f
from lls_hw.gateware.local.back_projection import BackProjection
from lls_hw.gateware.local.inverse_norm import SQUARE_BITS, InverseNorm
from lls_hw.gateware.local.jacobian import Jacobian
from lls_hw.gateware.local.multiplier import LATENCY, WideMultiplier
from lls_hw.gateware.local.reciprocal import Reciprocal
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.timing_local import INVERSE_NORM_CYCLES, RECIPROCAL_CYCLES
from tests.gateware.helpers import column, play


def started(name, values, cycles):
    """Each value with a start strobe, the next one as soon as the block is done."""
    for value in values:
        yield {name: value, "start": 1}
        yield {name: 0, "start": 0}
        yield from [{}] * (cycles - 2)
    yield {}


def results(records, outputs, count, cycles):
    for k in range(count):
        during = records[k * cycles + 1 : (k + 1) * cycles]
        assert not any(record["done"] for record in during)
        record = records[(k + 1) * cycles]
        assert record["done"]
        yield tuple(record[name] for name in outputs)


def test_reciprocal():
    rng = random.Random(1)
    divisors = [1 << 15, (1 << 15) + 1, (1 << 16) - 1, 1 << 16, 1 << 23, (1 << 24) - 1]
    divisors += [rng.randrange(1 << 15, 1 << 24) for _ in range(60)]
    stimulus = started("divisor", divisors, RECIPROCAL_CYCLES)
    records = play(Reciprocal(), stimulus, ["done", "quotient"])
    found = results(records, ["quotient"], len(divisors), RECIPROCAL_CYCLES)
    assert [q for (q,) in found] == [(1 << 31) // divisor for divisor in divisors]


def test_inverse_norm():
    rng = random.Random(2)
    squares = [1, 2, 3, 4, 5, 15, 16, 17, 127**2, 4095 << 34, (1 << SQUARE_BITS) - 1]
    squares += [1 << k for k in range(SQUARE_BITS)] + [(1 << k) - 1 for k in range(1, SQUARE_BITS)]
    squares += [rng.randrange(1, 1 << rng.randrange(1, SQUARE_BITS + 1)) for _ in range(60)]
    stimulus = started("square", squares, INVERSE_NORM_CYCLES)
    records = play(InverseNorm(), stimulus, ["done", "mantissa", "exponent"])
    found = results(records, ["mantissa", "exponent"], len(squares), INVERSE_NORM_CYCLES)
    mantissa, exponent = integer.inverse_norm(torch.tensor(squares))
    assert list(found) == list(zip(mantissa.tolist(), exponent.tolist(), strict=True))


def test_golden_inverse_norm_is_close():
    """A second check of the golden function itself: within 2**-14 of the real number."""
    squares = [1, 2, 3, 10, 127**2 * 10, 12345678901, 4095 << 34]
    mantissa, exponent = integer.inverse_norm(torch.tensor(squares))
    for square, m, j in zip(squares, mantissa.tolist(), exponent.tolist(), strict=True):
        assert math.isclose(m * 2.0 ** -(15 + j), 1 / math.sqrt(square), rel_tol=2**-14)


def test_inverse_norm_of_zero():
    stimulus = started("square", [0, 9, 0], INVERSE_NORM_CYCLES)
    records = play(InverseNorm(), stimulus, ["done", "mantissa", "exponent"])
    found = list(results(records, ["mantissa", "exponent"], 3, INVERSE_NORM_CYCLES))
    assert found[0] == found[2] == (0, 1)


@pytest.mark.parametrize("width", [24, 25, 30])
def test_multiplier(width):
    rng = random.Random(width)
    a = [-(1 << width - 1), (1 << width - 1) - 1, 0, -1, 1 << 17, (1 << 17) - 1, -(1 << 17)]
    b = [-(1 << 17), (1 << 17) - 1, 0, -1, 1]
    pairs = [(x, y) for x in a for y in b]
    pairs += [(rng.randrange(a[0], a[1]), rng.randrange(b[0], b[1])) for _ in range(100)]
    stimulus = [{"a": x, "b": y} for x, y in pairs] + [{}] * LATENCY
    records = play(WideMultiplier(width), stimulus, ["o"])
    assert column(records, "o", LATENCY, len(pairs)) == [x * y for x, y in pairs]


@pytest.mark.parametrize("amount", [0, 1, 7, 8, 13, 23, 24, 29, 31])
def test_shifter(amount):
    rng = random.Random(amount)
    high = 1 << min(23 + amount, 47)
    values = [-high, high - 1, 0, -1] + [rng.randrange(-high, high) for _ in range(30)]
    stimulus = [{"i": v} for v in values] + [{}] * 2
    stimulus[0] |= {"amount": amount}
    records = play(Shifter(48, 24), stimulus, ["o"])
    assert column(records, "o", 2, len(values)) == [v >> amount for v in values]


@pytest.mark.parametrize("lanes", [2, 4, 16])
def test_back_projection(lanes):
    """Errors whose magnitudes add up to at most 2, as those of a softmax do."""
    rng = random.Random(lanes)
    largest = [32768] + [0] * (lanes - 2) + [-32768]
    cases = [(largest, [a] + [0] * (lanes - 2) + [b]) for a, b in ((3, 1), (1, 3))]
    for _ in range(40):
        cut = [rng.randrange(65536 // lanes) for _ in range(lanes)]
        errors = [rng.choice([-1, 1]) * e for e in cut]
        cases.append((errors, [rng.choice([0, 1, 3]) for _ in range(lanes)]))
    latency = (lanes - 1).bit_length()
    stimulus = [{"errors": e, "basis": b} for e, b in cases] + [{}] * latency
    records = play(BackProjection(lanes), stimulus, ["o"])
    sign = {0: 0, 1: 1, 3: -1}
    expected = [sum(sign[b] * e for e, b in zip(*case, strict=True)) for case in cases]
    assert column(records, "o", latency, len(cases)) == expected


@pytest.mark.parametrize("lanes", [2, 8, 16])
def test_jacobian(lanes):
    """Groups and latents back to back; saturation at exactly +-LATENT_MAX; padding is 0."""
    rng = random.Random(lanes)
    mantissa, exponent, coefficient = 65535, 13, 70001
    tree = (lanes - 1).bit_length()
    latency = max(tree + 1, 5) + 5
    edges = [0, 65535, 65536, 65537, -65536, -65537, 100000, -100000]
    cases = [(0, [g], False) for g in edges] + [(5, [1, 2], True)]
    for _ in range(60):
        groups = [rng.randrange(-40000, 40000) for _ in range(rng.randrange(1, 4))]
        cases.append((rng.choice([0, 1, -9, 130, -131072, 131071]), groups, rng.random() < 0.1))
    stimulus, expected = [{} for _ in range(400)], {}
    t = 1
    for u, groups, pad in cases:
        for k, back in enumerate(groups):
            last = k == len(groups) - 1
            stimulus[t] |= {"u": u, "first": int(k == 0), "last": int(last), "pad": int(pad)}
            stimulus[t + tree] |= {"back": back}
            t += 1
        difference = sum(groups) - (u * coefficient >> exponent)
        error = max(-f.LATENT_MAX, min(f.LATENT_MAX, difference * mantissa >> 15))
        expected[t - 1 + latency] = 0 if pad else error
    stimulus[t] |= {"last": 0}
    stimulus[0] |= {"mantissa": mantissa, "exponent": exponent, "coefficient": coefficient}
    records = play(Jacobian(lanes), stimulus, ["error", "valid"])
    assert [k for k, record in enumerate(records) if record["valid"]] == list(expected)
    for cycle, error in expected.items():
        assert records[cycle]["error"] == error
