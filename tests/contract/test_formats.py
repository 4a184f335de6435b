"""Number formats: each derived constant a second way."""

import math

import pytest

from lls_hw.contract import formats as f


def test_symmetric_limits():
    assert f.ACT_MAX == f.ERROR_MAX == 2 ** (f.ACT_BITS - 1) - 1
    assert f.WEIGHT_MAX == 2 ** (f.WEIGHT_BITS - 1) - 1
    assert f.LATENT_MAX == 2**17 - 1


def test_limits_are_the_largest():
    per_input = 127 * 32767
    assert f.MAX_FAN_IN * per_input < 2**35 <= (f.MAX_FAN_IN + 1) * per_input
    per_sample = 127 * 127 * 8
    assert f.MAX_BEATS * per_sample < 2**31 <= (f.MAX_BEATS + 1) * per_sample


def test_log2e():
    assert f.LOG2E == 23637
    assert abs(f.LOG2E / 2**14 * math.log(2) - 1) < 2**-15


@pytest.mark.parametrize("index", [0, 1, 128, 255])
def test_exp2_table(index):
    """Entry i is r with (r - 1/2)**256 < 2**(15 * 256 - i) < (r + 1/2)**256, in integers."""
    r = f.EXP2_TABLE[index]
    power = 2 ** (15 * 256 - index) * 2**256
    assert (2 * r - 1) ** 256 < power < (2 * r + 1) ** 256
    assert len(f.EXP2_TABLE) == 256
