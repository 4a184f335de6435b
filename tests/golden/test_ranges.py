"""The ranges of docs/numerics.md: worst-case arithmetic for every number that is kept.

Bounds are computed with Python integers from the formats alone; where an input exists that comes
nearest to a bound, the golden functions are run on it.
"""

import numpy as np
import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.basis import square_basis
from lls_hw.contract.config import Config, preset
from lls_hw.golden import integer
from lls_hw.golden.maps import cell_sums
from lls_hw.network.layers import MAX_CELL, MAX_OUTPUTS
from lls_hw.network.network import MAX_CLASSES, MAX_INPUTS, Conv, Dense, Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError

INT64 = 2**63 - 1
EXACT = 2**53
"""Integers below this are exact in float64, which the golden model multiplies in."""


def signed(bits):
    return 2 ** (bits - 1) - 1


def t(values):
    return torch.tensor(np.asarray(values), dtype=torch.int64)


def test_forward_sums_fit_the_accumulator():
    largest = f.MAX_FAN_IN * f.ACT_MAX * f.WEIGHT_MAX
    assert largest <= signed(f.ACC_BITS) < largest + f.ACT_MAX * f.WEIGHT_MAX
    assert MAX_INPUTS <= f.MAX_FAN_IN
    assert MAX_OUTPUTS <= f.MAX_FAN_IN, "outputs are inputs of the next layer"
    x = torch.full((1, f.MAX_FAN_IN), -f.ACT_MAX)
    w = torch.full((f.MAX_FAN_IN, 1), f.WEIGHT_MAX)
    assert int(integer.forward(x, w)) == -largest


def test_a_product_fits():
    assert f.ACT_MAX * f.WEIGHT_MAX <= signed(f.PRODUCT_BITS)
    assert f.ACT_MAX * (f.ERROR_MAX << f.SLOPE_SHIFT) <= signed(f.PRODUCT_BITS)
    assert f.ERROR_MAX << f.SLOPE_SHIFT <= signed(f.OPERAND_BITS)


@pytest.mark.parametrize("rows", [2, 4, 8, 16, 32])
def test_partial_sums_of_one_pass_fit(rows):
    """Inside the array a column adds the products of `rows` inputs, no more."""
    assert rows * f.ACT_MAX * f.WEIGHT_MAX <= signed(f.PSUM_BITS)


def test_weight_gradients_fit():
    largest = f.MAX_BEATS * f.ACT_MAX * (f.ERROR_MAX << f.SLOPE_SHIFT)
    assert largest <= signed(f.PSUM_BITS)
    assert 1023 <= f.MAX_BEATS, "the descriptor's field for the batch has 10 bits"


def test_cell_sums_fit_a_latent():
    """1032 pixels of 127 each; the sums are exact wherever a network is accepted."""
    assert MAX_CELL == 1032
    assert MAX_CELL * f.ACT_MAX <= f.LATENT_MAX < (MAX_CELL + 1) * f.ACT_MAX
    h = torch.full((1, 24, 43, 1), -f.ACT_MAX)
    assert int(cell_sums(h, 1)) == -MAX_CELL * f.ACT_MAX
    assert f.LATENT_MAX + 2**14 < 2**18, "half of the largest average_shift is added"


def test_pixels_of_a_batch_fit_the_weight_gradient():
    """A gradient at its bound, from 16643 pixels; the compiler takes no more."""
    network = Network("n", (1, 17, 89), (Conv(outputs=1, cells=4, average=True), Dense(2)))
    assert 11 * 17 * 89 == f.MAX_BEATS
    x = torch.full((f.MAX_BEATS, 1), -f.ACT_MAX)
    v = torch.full((f.MAX_BEATS, 1), f.ERROR_MAX << f.SLOPE_SHIFT)
    gradient = int(integer.weight_gradient(x, v))
    assert -gradient <= signed(f.PSUM_BITS) < -gradient + f.ACT_MAX * 1016
    with pytest.raises(FitError, match="18156 pixels in a batch of 12; .* exact up to 16643"):
        compile_network(network, preset("lab"), 12)
    with pytest.raises(FitError, match="memory"):
        compile_network(network, preset("tiny"), 11)


def test_activation_intermediate_fits():
    largest = f.MAX_FAN_IN * f.ACT_MAX * f.WEIGHT_MAX << f.SLOPE_SHIFT
    half = 1 << (f.SHIFT_MAX + f.SLOPE_SHIFT - 1)
    assert largest < 2**38
    assert largest + half < EXACT


def test_activations_saturate_and_never_reach_minus_128():
    z = t([[2**35 - 1, -(2**35 - 1)]])
    for shift in range(f.SHIFT_MAX + 1):
        h = integer.activation(z, shift)[0]
        assert h.abs().max() <= f.ACT_MAX
    assert integer.activation(z, 0)[0].tolist() == [[f.ACT_MAX, -f.ACT_MAX]]
    assert integer.activation(z, integer.next_shift(38, 0))[0].abs().max() <= f.ACT_MAX


@pytest.mark.parametrize("headroom", range(7))
def test_no_saturation_where_the_data_repeats(headroom):
    """With the shift of the same data the largest activation saturates by rounding alone."""
    for bits in range(3, 36):
        for z in (2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) + 1):
            shift = integer.next_shift((8 * z).bit_length(), headroom)
            if shift < f.SHIFT_MAX:
                assert (z + (1 << shift >> 1)) >> shift <= 2 ** (7 - headroom)


def test_squared_norm_fits():
    assert MAX_OUTPUTS * f.ACT_MAX**2 < 2**26
    assert MAX_OUTPUTS * f.LATENT_MAX**2 < 2**46, "what inverse_norm accepts"


def test_inverse_norm_ranges():
    square = t([1, 2, 3, 4, 2**26 - 1, 2**46 - 1, *(4**k for k in range(23))])
    mantissa, j = integer.inverse_norm(square)
    assert 2**15 <= int(mantissa.min()) and int(mantissa.max()) < 2**16
    assert 1 <= int(j.min()) and int(j.max()) <= 23
    unit = mantissa * square.double().sqrt() * 2.0 ** -(15 + j).double()
    assert unit.max() < 1 + 2**-15, "a normalised latent is no longer than one"


def test_scores_fit():
    assert MAX_OUTPUTS * f.ACT_MAX < 2**19
    assert MAX_OUTPUTS * f.LATENT_MAX < 2**29


def test_softmax_shift_is_never_negative():
    least = 1 + 15 - f.EXPONENT_FRACTION - max(f.TEMPERATURE_SHIFTS)
    assert least >= 0
    assert (65535 * f.LOG2E) >> f.LOG2E_FRACTION < 2**17
    assert MAX_OUTPUTS * f.LATENT_MAX * 2**17 < INT64


def test_softmax_table():
    assert f.EXP2_TABLE[0] == f.ONE == max(f.EXP2_TABLE)
    assert min(f.EXP2_TABLE) > f.ONE // 2
    assert list(f.EXP2_TABLE) == sorted(f.EXP2_TABLE, reverse=True)


def test_softmax_ranges():
    """Sum of powers 2**15..2**23, reciprocal 2**8..2**16, p and |e| up to one, sum of p too."""
    assert MAX_CLASSES * f.ONE == 2**23
    assert 2**31 // 2**23 == 2**8 and 2**31 // 2**15 == 2**16
    r = np.random.default_rng(0)
    for classes in (2, 3, 10, 100, 256):
        for spread in (0, 1, 100, 2**17):
            scores = t(r.integers(-spread, spread + 1, (64, classes)))
            labels = t(r.integers(0, classes, 64))
            scale = torch.full((64,), 2**17 - 1)
            e, _, p = integer.softmax_error(scores, scale, torch.full((64,), 14), labels)
            probabilities = e + torch.nn.functional.one_hot(labels, classes) * f.ONE
            assert int(probabilities.min()) >= 0 and int(p.min()) >= 0
            assert int(probabilities.sum(dim=1).max()) <= f.ONE
            assert int(e.abs().sum(dim=1).max()) <= 2 * f.ONE


def test_jacobian_ranges():
    """From |e| summing to at most 2 in Q15: every intermediate fits int64 and its stated width."""
    total = 2 * f.ONE
    scores = MAX_OUTPUTS * f.LATENT_MAX
    assert total * scores < 2**45
    assert total * scores * 2**16 < INT64
    root = 64  # |u B[k]| / |u| is at most the square root of d, and d is below 64**2
    assert MAX_OUTPUTS < root**2
    along = total * root
    kappa = along * 2
    assert along == 2**22 and kappa == 2**23
    assert f.LATENT_MAX * kappa < INT64
    difference = total + along
    assert difference < 2**23
    assert difference * 2**16 < INT64


@pytest.mark.parametrize("largest", [f.ACT_MAX, f.LATENT_MAX])
@pytest.mark.parametrize("d", [1, 2, 64, 200, 1024, 4095])
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_latent_errors_of_extreme_latents_stay_in_range(classes, d, largest):
    basis = square_basis(classes, d)
    u = np.concatenate([basis.astype(np.int64) * largest, -basis.astype(np.int64) * largest])
    u = np.concatenate([u, np.full((2, d), largest), np.eye(2, d, dtype=np.int64) * largest])
    labels = t(np.arange(len(u)) % classes)
    for temperature_shift in (-3, 0, 4):
        m, exponent, _, p = integer.latent_error(t(u), labels, t(basis), temperature_shift)
        assert int(m.abs().max()) <= f.LATENT_MAX
        most = 15 + (14 if largest == f.ACT_MAX else 23)
        assert 16 <= int(exponent.min()) and int(exponent.max()) <= most
        assert 0 <= int(p.min()) and int(p.max()) <= f.ONE


def test_errors_fit_eight_bits_without_saturating_by_more_than_rounding():
    """A batch's exponent leaves 7 bits to its largest error, so only 127.5 and above saturate."""
    for m in [127, 128, 255, 2**16 - 1, 2**17 - 1]:
        shifts, _ = integer.error_shifts(t([[m]]), t([20]))
        assert (m >> int(shifts)) <= f.ERROR_MAX
        assert int(integer.delta(t([[m]]), shifts, None)) >> 3 <= f.ERROR_MAX


def test_update_fits():
    largest = f.MAX_BEATS * f.ACT_MAX * (f.ERROR_MAX << f.SLOPE_SHIFT)
    assert (largest << f.NOISE_BITS) + 2**f.NOISE_BITS < 2**48
    for shift in (0, 1, f.UPDATE_SHIFT_MAX):
        for gradient in (largest, -largest):
            weights = t([0, f.WEIGHT_MAX, -f.WEIGHT_MAX])
            w = integer.update(weights, t([gradient]), shift, t([65535]))
            assert int(w.abs().max()) <= f.WEIGHT_MAX


def test_largest_update_shift_leaves_nothing_but_noise():
    """At the largest shift the step is 0 or -1 by sign: gradient bits are all below the noise."""
    steps = -integer.update(t([0, 0]), t([2**31 - 1, -(2**31)]), f.UPDATE_SHIFT_MAX, t([0, 0]))
    assert steps.tolist() == [0, -1]


def test_noise_covers_every_weight():
    assert MAX_INPUTS <= 2**f.NOISE_INDEX_BITS
    assert MAX_OUTPUTS < 2**f.NOISE_INDEX_BITS


def test_configuration_limits_match():
    largest = Config(rows=8, cols=8, weight_depth=16, act_depth=16, max_batch=512)
    assert largest.max_batch <= f.MAX_BEATS
    assert largest.max_classes <= MAX_CLASSES
