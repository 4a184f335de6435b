"""The arithmetic blocks of the local update unit, each against plain integers."""

import math
import random
from dataclasses import replace

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.contract.timing_local import (
    INVERSE_NORM_CYCLES,
    RECIPROCAL_CYCLES,
    jacobian_cycles,
    term_latency,
    tree_cycles,
)
from lls_hw.gateware.local.error_store import ErrorStore
from lls_hw.gateware.local.loss.inverse_norm import InverseNorm
from lls_hw.gateware.local.loss.reciprocal import Reciprocal
from lls_hw.gateware.local.multiplier import WideMultiplier
from lls_hw.gateware.local.scatter.back_projection import BackProjection
from lls_hw.gateware.local.scatter.jacobian import Jacobian
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.gateware.local.terms import ProductTerms, TernaryTerms
from lls_hw.gateware.local.widths import SQUARE_BITS
from lls_hw.golden import integer
from tests.gateware.helpers import column, play


def started(name, values, cycles):
    """Each value with a start strobe, the next one as soon as the block is done."""
    for value in values:
        yield {name: value, "run.start": 1}
        yield {name: 0, "run.start": 0}
        yield from [{}] * (cycles - 2)
    yield {}


def results(records, outputs, count, cycles):
    for k in range(count):
        during = records[k * cycles + 1 : (k + 1) * cycles]
        assert not any(record["run.done"] for record in during)
        record = records[(k + 1) * cycles]
        assert record["run.done"]
        yield tuple(record[name] for name in outputs)


def test_reciprocal():
    rng = random.Random(1)
    divisors = [1 << 15, (1 << 15) + 1, (1 << 16) - 1, 1 << 16, 1 << 23, (1 << 24) - 1]
    divisors += [rng.randrange(1 << 15, 1 << 24) for _ in range(60)]
    stimulus = started("divisor", divisors, RECIPROCAL_CYCLES)
    records = play(Reciprocal(), stimulus, ["run.done", "quotient"])
    found = results(records, ["quotient"], len(divisors), RECIPROCAL_CYCLES)
    assert [q for (q,) in found] == [(1 << 31) // divisor for divisor in divisors]


def test_inverse_norm():
    rng = random.Random(2)
    squares = [1, 2, 3, 4, 5, 15, 16, 17, 127**2, 4095 << 34, (1 << SQUARE_BITS) - 1]
    squares += [1 << k for k in range(SQUARE_BITS)] + [(1 << k) - 1 for k in range(1, SQUARE_BITS)]
    squares += [rng.randrange(1, 1 << rng.randrange(1, SQUARE_BITS + 1)) for _ in range(60)]
    stimulus = started("square", squares, INVERSE_NORM_CYCLES)
    records = play(InverseNorm(), stimulus, ["run.done", "norm.mantissa", "norm.exponent"])
    found = results(records, ["norm.mantissa", "norm.exponent"], len(squares), INVERSE_NORM_CYCLES)
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
    records = play(InverseNorm(), stimulus, ["run.done", "norm.mantissa", "norm.exponent"])
    found = list(results(records, ["norm.mantissa", "norm.exponent"], 3, INVERSE_NORM_CYCLES))
    assert found[0] == found[2] == (0, 1)


@pytest.mark.parametrize("width", [24, 25, 30])
def test_multiplier(width):
    rng = random.Random(width)
    a = [-(1 << width - 1), (1 << width - 1) - 1, 0, -1, 1 << 17, (1 << 17) - 1, -(1 << 17)]
    b = [-(1 << 17), (1 << 17) - 1, 0, -1, 1]
    pairs = [(x, y) for x in a for y in b]
    pairs += [(rng.randrange(a[0], a[1]), rng.randrange(b[0], b[1])) for _ in range(100)]
    stimulus = [{"a": x, "b": y} for x, y in pairs] + [{}] * WideMultiplier.LATENCY
    records = play(WideMultiplier(width), stimulus, ["o"])
    assert column(records, "o", WideMultiplier.LATENCY, len(pairs)) == [x * y for x, y in pairs]


@pytest.mark.parametrize("amount", [0, 1, 7, 8, 13, 23, 24, 29, 31])
def test_shifter(amount):
    rng = random.Random(amount)
    high = 1 << min(23 + amount, 47)
    values = [-high, high - 1, 0, -1] + [rng.randrange(-high, high) for _ in range(30)]
    stimulus = [{"i": v} for v in values] + [{}] * Shifter.LATENCY
    stimulus[0] |= {"amount": amount}
    records = play(Shifter(48, 24), stimulus, ["o"])
    assert column(records, "o", Shifter.LATENCY, len(values)) == [v >> amount for v in values]


def term_cases(rng, lanes, most):
    """Entries, latent, mask, errors whose magnitudes add up to at most 2, as a softmax's do."""
    for _ in range(40):
        errors = [rng.choice([-1, 1]) * rng.randrange(65536 // lanes) for _ in range(lanes)]
        entries = [rng.randrange(-most, most + 1) for _ in range(lanes)]
        u = rng.choice([f.LATENT_MAX, -f.LATENT_MAX - 1, rng.randrange(-(2**17), 2**17)])
        yield entries, u, rng.randrange(1 << lanes), errors, rng.randrange(2)
    largest = [32768] + [0] * (lanes - 2) + [-32768]
    yield [most] * lanes, -f.LATENT_MAX - 1, (1 << lanes) - 1, largest, 0
    yield [-most] * lanes, -f.LATENT_MAX - 1, (1 << lanes) - 1, largest, 0


def scores(record):
    """What each lane adds to its score."""
    return [t.value * t.enable * (1 - 2 * t.negate) for t in record["score_terms"]]


@pytest.mark.parametrize("lanes", [2, 4, 16])
def test_ternary_terms(lanes):
    """Both passes at once: errors follow a cycle after the rest."""
    cases = list(term_cases(random.Random(lanes), lanes, 1))
    stimulus = [{} for _ in range(len(cases) + 2)]
    for t, (entries, u, mask, errors, classifier) in enumerate(cases):
        stimulus[t] |= {"fetched.basis": entries, "fetched.latent": u, "lanes.mask": mask}
        stimulus[t] |= {"classifier": classifier}
        stimulus[t + 1] |= {"errors.data": errors}
    config = replace(preset("tiny"), lanes=lanes)
    assert TernaryTerms.LATENCY == term_latency(config) == 1
    records = play(TernaryTerms(config), stimulus, ["score_terms", "error_terms"])
    for t, (entries, u, mask, errors, classifier) in enumerate(cases):
        used = [mask >> k & 1 and (1 if classifier else b) for k, b in enumerate(entries)]
        assert scores(records[t + 1]) == [u * b for b in entries]
        assert list(records[t + 1]["error_terms"]) == [
            e * b for e, b in zip(errors, used, strict=True)
        ]


@pytest.mark.parametrize("lanes", [2, 16])
def test_product_terms(lanes):
    """The passes in turn; the choice of lanes comes with the request for the errors."""
    cases = list(term_cases(random.Random(lanes), lanes, 127))
    latency, early = ProductTerms.LATENCY, ErrorStore.LATENCY
    stimulus = [{} for _ in range(early + len(cases) + latency)]
    for t, (entries, u, mask, errors, classifier) in enumerate(cases):
        stimulus[t] |= {"lanes.mask": mask}
        stimulus[t + early] |= {
            "fetched.basis": entries, "fetched.latent": u, "fetched.scatter": t % 2,
            "errors.data": errors, "classifier": classifier,
        }  # fmt: skip
    config = replace(preset("tiny"), lanes=lanes, basis_bits=8)
    assert latency == term_latency(config) == 2
    records = play(ProductTerms(config), stimulus, ["score_terms", "error_terms"])
    for t, (entries, u, mask, errors, classifier) in enumerate(cases):
        used = [mask >> k & 1 and (1 if classifier else b) for k, b in enumerate(entries)]
        record = records[early + t + latency]
        found = list(record["error_terms"]) if t % 2 else scores(record)
        expected = [e * b for e, b in zip(errors, used, strict=True)]
        assert found == (expected if t % 2 else [u * b for b in entries])


@pytest.mark.parametrize("basis_bits, depth", [(2, 0), (8, 0), (8, 1024)])
@pytest.mark.parametrize("lanes", [2, 4, 16])
def test_back_projection(lanes, basis_bits, depth):
    """Any terms that errors have: without a modulation their magnitudes add up to 2 at most."""
    rng = random.Random(lanes)
    config = replace(preset("tiny"), lanes=lanes, basis_bits=basis_bits, modulation_depth=depth)
    most = 65535 * (127 if basis_bits == 8 else 1)
    largest = most if depth else most // lanes
    cases = [[largest] * lanes, [-largest] * lanes]
    cases += [[rng.randrange(-largest, largest + 1) for _ in range(lanes)] for _ in range(40)]
    latency = tree_cycles(config)
    assert latency == (lanes - 1).bit_length()
    stimulus = [{"terms": terms} for terms in cases] + [{}] * latency
    records = play(BackProjection(config), stimulus, ["o"])
    assert column(records, "o", latency, len(cases)) == [sum(terms) for terms in cases]


@pytest.mark.parametrize("fraction", [0, 7])
@pytest.mark.parametrize("lanes", [2, 8, 16])
def test_jacobian(lanes, fraction):
    """Groups and latents back to back; saturation at exactly +-LATENT_MAX; padding is 0."""
    rng = random.Random(lanes)
    mantissa, exponent, coefficient = 65535, 13, 70001
    config = replace(preset("tiny"), lanes=lanes, basis_bits=8 if fraction else 2)
    tree, latency = tree_cycles(config), jacobian_cycles(config)
    assert latency == max(tree + 1, 5) + 5
    edges = [0, 65535, 65536, 65537, -65536, -65537, 100000, -100000]
    edges = [(edge << fraction) + rng.randrange(1 << fraction) for edge in edges]
    cases = [(0, [g], False) for g in edges] + [(5, [1, 2], True)]
    for _ in range(60):
        most = 40000 << fraction
        groups = [rng.randrange(-most, most) for _ in range(rng.randrange(1, 4))]
        cases.append((rng.choice([0, 1, -9, 130, -131072, 131071]), groups, rng.random() < 0.1))
    stimulus, expected = [{} for _ in range(400)], {}
    t = 1
    for u, groups, pad in cases:
        for k, back in enumerate(groups):
            last = k == len(groups) - 1
            stimulus[t] |= {"latent": u, "first": int(k == 0), "last": int(last), "pad": int(pad)}
            stimulus[t + tree] |= {"back": back}
            t += 1
        g = (sum(groups) + (1 << fraction >> 1)) >> fraction
        difference = g - (u * coefficient >> exponent)
        error = max(-f.LATENT_MAX, min(f.LATENT_MAX, difference * mantissa >> 15))
        expected[t - 1 + latency] = 0 if pad else error
    stimulus[t] |= {"last": 0}
    norm = {"mantissa": mantissa, "exponent": exponent}
    stimulus[0] |= {"sample": {"norm": norm, "coefficient": coefficient}}
    stimulus[0] |= {"cosine": int(fraction > 0)}
    records = play(Jacobian(config), stimulus, ["error", "valid"])
    assert [k for k, record in enumerate(records) if record["valid"]] == list(expected)
    for cycle, error in expected.items():
        assert records[cycle]["error"] == error
