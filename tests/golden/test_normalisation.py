"""Normalisation between blocks: exact, its ranges, the identity, and that it follows the data."""

import pytest
import torch

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.golden import integer
from lls_hw.golden.maps import average, max_pool
from lls_hw.golden.normalisation import (
    Normaliser,
    normalise,
    sampled_pixels,
    wide_activation,
    wide_average,
)
from lls_hw.network.network import Conv
from tests.golden import exact
from tests.golden.test_integer import CORNERS, rng, t

PIXELS = [1, 2, 31, 32, 33, 100, 1024, 1025, f.MAX_BEATS]
STEPS = [0, 1, 7, 31, 10**6, 2**32 - 1]
SHIFTS = [0, 1, 7, f.SHIFT_MAX]
WIDE = range(-(1 << c.WIDE_BITS - 1), 1 << c.WIDE_BITS - 1)
ONE = 1 << c.FRACTION
LARGE = (c.MEAN_MAX >> 1) + 1
"""Means from here on do not let the unit become smaller."""
MEANS = [
    *(k * ONE // 2 + d for k in range(-5, 6) for d in (-1, 0, 1)),
    *(sign * value for sign in (1, -1) for value in (c.MEAN_MAX, c.MEAN_MAX - 1, 100 * ONE)),
]
GAIN = f.ACT_MAX << c.SAMPLES
"""Most that a step adds to a mean and to a deviation."""
DEVIATION_MOST = GAIN << c.MEMORY


def normaliser(mean, deviation, unit):
    return Normaliser(*(t(values) for values in (mean, deviation, unit)))


def states(state):
    """(mean, deviation, unit) of each channel."""
    fields = state.mean, state.deviation, state.unit
    return list(zip(*(values.tolist() for values in fields), strict=True))


def initial(channels, pixels, unit):
    """A state that expects outputs of this unit, without a mean."""
    deviation = c.deviation_target(pixels) << c.FRACTION - c.TARGET_FRACTION
    return normaliser([0] * channels, [deviation] * channels, [unit] * channels)


@pytest.mark.parametrize("shift", range(f.SHIFT_MAX + 1))
def test_wide_outputs(shift):
    limit = f.MAX_FAN_IN * f.ACT_MAX * f.WEIGHT_MAX
    near = {(k << shift) // 16 + d for k in range(-2100, 2101, 3) for d in (-1, 0, 1)}
    z = [*CORNERS, *sorted(near), *(8 * v for v in sorted(near)), limit, -limit]
    assert wide_activation(t(z), shift).tolist() == [exact.wide_activation(v, shift) for v in z]
    u = [value for value in z if abs(value) <= f.LATENT_MAX]
    assert wide_average(t(u), shift).tolist() == [exact.wide_average(v, shift) for v in u]


@pytest.mark.parametrize("scale", range(c.SCALE_MAX + 1))
def test_normalise(scale):
    """Each wide output there is with means at and beside the halves, and with the extreme ones."""
    found = normalise(t(WIDE)[:, None], torch.full((len(MEANS),), scale), t(MEANS))
    expected = [[exact.normalise(v, scale, mean) for mean in MEANS] for v in WIDE]
    assert found.tolist() == expected
    assert int(found.min()) == -f.ACT_MAX and int(found.max()) == f.ACT_MAX


@pytest.mark.parametrize("shift", SHIFTS)
def test_handed_on(shift):
    """Every unit, below, among and above those that the shift allows."""
    given = [(mean, unit) for mean in MEANS[::3] for unit in range(c.UNIT_MAX + 1)]
    mean, unit = zip(*given, strict=True)
    wide = [*range(-40, 41, 5), *WIDE[::511], WIDE[-1]]
    x = normaliser(mean, [0] * len(given), unit)(t(wide)[:, None], shift)
    assert x.tolist() == [[exact.handed_on(v, *state, shift) for state in given] for v in wide]


def test_samples_of_every_number_of_pixels():
    """Strides, divisors and targets; a step's samples never exceed the divisor, nor 32."""
    for pixels in range(1, f.MAX_BEATS + 1):
        every, (_, most) = exact.pixels_apart(pixels), exact.outputs_part(pixels)
        assert 1 << c.pixel_stride(pixels) == every <= 1 << c.STRIDE_MAX
        assert 1 << c.pixel_shift(pixels) == most <= 1 << c.SAMPLES
        assert most // 2 < -(-pixels // every) <= most
        assert c.deviation_target(pixels) == exact.deviation_target(pixels)
    assert c.deviation_target(32) == 26 * 8


@pytest.mark.parametrize("pixels, channels", [(20, 40), (75, 40), (1025, 70), (f.MAX_BEATS, 3)])
def test_every_output_counts_once_in_a_cycle(pixels, channels):
    """All residues are visited, so the sample favours no pixel and no channel."""
    for first in (0, 10**6):
        steps = range(first, first + exact.pixels_apart(pixels))
        counts = sum(sampled_pixels(pixels, channels, step).long() for step in steps)
        assert (counts == 1).all()


@pytest.mark.parametrize("pixels", PIXELS)
def test_observe(pixels):
    r, channels = rng(pixels), 70 if pixels < 1000 else 5
    x = r.integers(-127, 128, (pixels, channels))
    x[:, :2] = 127, -127
    for step in STEPS:
        mean = r.integers(-c.MEAN_MAX, c.MEAN_MAX + 1, channels)
        deviation = r.integers(0, DEVIATION_MOST // 2, channels)
        state = normaliser(mean, deviation, [9] * channels)
        state.observe(t(x), step)
        assert states(state) == [
            (*exact.observe_outputs(m, d, x[:, o].tolist(), o, step), 9)
            for o, (m, d) in enumerate(zip(mean.tolist(), deviation.tolist(), strict=True))
        ]
        assert abs(state.mean.numpy() - mean).max() <= GAIN


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("pixels", [1, 31, 33, 100, f.MAX_BEATS])
def test_settle(pixels, shift):
    """At and beside both limits, the large means, and the units that the shift allows.

    From any state that a step can leave, the next one is within the ranges: it begins with less
    than it may have by at least what a step adds.
    """
    target = c.deviation_target(pixels)
    limits = target + target // 2, target // 2
    deviations = {0, 1, 255, 256, DEVIATION_MOST, target << 8, *rng(0).integers(0, 2**17, 4)}
    deviations |= {int((limit << 8) + d) for limit in limits for d in (-1, 0, 1, 255)}
    means = [0, 1, -1, 12345, LARGE, LARGE - 1, -LARGE, -LARGE - 1]
    means += [sign * value for sign in (1, -1) for value in (c.MEAN_MAX, c.MEAN_MAX + GAIN)]
    near = {shift + d for d in (-9, -1, 0, 1, 3, 6, 7, 8, 12)}
    units = sorted({0, c.UNIT_MAX, *near} & set(range(c.UNIT_MAX + 1)))
    given = [(m, int(d), u) for m in means for d in sorted(deviations) for u in units]
    state = normaliser(*zip(*given, strict=True))
    state.settle(pixels, shift)
    assert states(state) == [exact.settle_outputs(*g, pixels, shift) for g in given]
    assert int(state.mean.abs().max()) <= c.MEAN_MAX
    assert 0 <= int(state.deviation.min())
    assert int(state.deviation.max()) <= DEVIATION_MOST - GAIN
    assert 0 <= int(state.unit.min()) and int(state.unit.max()) <= c.UNIT_MAX


def test_ranges():
    """Worst cases of every number that is kept, from the formats alone."""
    wide = 1 << c.WIDE_BITS - 1
    assert (f.ACT_MAX + 1) << c.WIDE_FRACTION == wide, "wide outputs saturate where int8 does"
    assert c.SAMPLES + c.MEMORY == c.FRACTION, "sums of samples are exact"
    before = c.MEAN_MAX + GAIN
    assert before < 1 << c.MEAN_BITS - 1 <= 2 * before, "a mean that has gained a step"
    assert 2 * LARGE <= c.MEAN_MAX + 1, "a mean that is doubled: no bit more"
    assert DEVIATION_MOST < 1 << c.DEVIATION_BITS
    half = 2 * wide + ((c.MEAN_MAX + 1) >> c.FRACTION - 1)
    assert 1 << c.WIDE_BITS < half < 1 << c.WIDE_BITS + 1, "the difference, in halves: 14 bit"
    for pixels in range(1, f.MAX_BEATS + 1):
        target = c.deviation_target(pixels)
        assert 0 < target <= c.DEVIATION_TARGET << c.TARGET_FRACTION
        assert target // 2 > 0, "outputs of nothing have too small a unit"


def test_the_largest_deviation_is_reached():
    """Outputs that saturate with the largest unit there is: the bound, and not more."""
    state = initial(2, 32, c.SCALE_MAX)
    x = t([[127, -127]]).expand(32, 2)
    for step in range(900):
        state.observe(x, step)
        most = state.deviation
        state.settle(32, 0)
    assert most.tolist() == [DEVIATION_MOST] * 2
    assert state.unit.tolist() == [c.SCALE_MAX] * 2
    assert state.mean.tolist() == [c.MEAN_MAX, -c.MEAN_MAX]


@pytest.mark.parametrize("pixels", PIXELS)
def test_initial_states_are_neutral(pixels):
    """No unit changes without data, nor, but in steps of one pixel, with data of the magnitude that
    the state expects."""
    channels = 3
    state = initial(channels, pixels, 15)
    x = t(c.DEVIATION_TARGET * rng(0).choice([-1, 1], (pixels, channels)))
    for step in range(100 if pixels > 1 else 1):
        state.settle(pixels, 12)
        assert state.unit.tolist() == [15] * channels
        state.observe(x, step)


@pytest.mark.parametrize("shift", range(f.SHIFT_MAX + 1))
def test_scale_4_and_mean_0_are_the_activation(shift):
    r = rng(shift)
    near = t([(k << shift) // 16 + d for k in range(-2100, 2101) for d in (-1, 0, 1)])
    z = torch.cat([near, 8 * near, t(r.integers(-(2**35), 2**35, 2000))])[:, None]
    state = normaliser([0], [0], [shift + c.IDENTITY_SCALE])
    assert torch.equal(state(wide_activation(z, shift), shift), integer.activation(z, shift)[0])


@pytest.mark.parametrize("shift", range(16))
def test_scale_4_and_mean_0_are_the_average(shift):
    shape = Conv(outputs=3, cells=2, average=True, average_shift=shift).shape(1, 4, 4)
    u = t(rng(shift).integers(-f.LATENT_MAX, f.LATENT_MAX + 1, (1000, shape.latents)))
    u[:3] = t([[0], [f.LATENT_MAX], [-f.LATENT_MAX]])
    state = normaliser([0] * 3, [0] * 3, [c.IDENTITY_SCALE] * 3)
    assert torch.equal(state(wide_average(u, shift).reshape(-1, 2, 2, 3), 0), average(u, shape))


@pytest.mark.parametrize("scale", range(c.SCALE_MAX + 1))
def test_normalisation_commutes_with_max_pooling(scale):
    r = rng(scale)
    wide = t(r.integers(WIDE.start, WIDE.stop, (40, 6, 5, 10)))
    scales, mean = torch.full((10,), scale), t(r.integers(-c.MEAN_MAX, c.MEAN_MAX, 10)) >> scale
    pooled = max_pool(normalise(wide, scales, mean))
    assert torch.equal(normalise(max_pool(wide), scales, mean), pooled)


def train(state, sums, pixels, steps, first=0, shift=None):
    """Steps on sums that `sums(pixels)` draws. Without a shift it follows them, as in training;
    `shift` gives that of a step.

    Returns the means of all outputs of a step and of their magnitudes, (steps, channels) each.
    """
    current, means, magnitudes = 12, [], []
    for step in range(first, first + steps):
        z = sums(pixels)
        current = current if shift is None else shift(step)
        x = state(wide_activation(z, current), current)
        state.observe(x, step)
        state.settle(pixels, current)
        if shift is None:
            current = integer.next_shift(integer.activation(z, current)[2], 1)
        means.append(x.double().mean(dim=0))
        magnitudes.append(x.abs().double().mean(dim=0))
    return torch.stack(means), torch.stack(magnitudes)


def normal(r, mean, sigma):
    """Sums whose LeakyReLU is mean + sigma * a normal distribution."""

    def draw(pixels):
        h = t(r.normal(mean, sigma, (pixels, len(mean))))
        return torch.where(h < 0, 8 * h, h)

    return draw


MEAN = torch.tensor([0.0, 3000, -3000, 20000, -20000, 500, -50000, 50000])
SIGMA = torch.tensor([16000.0, 9000, 9000, 9000, 14000, 10000, 12000, 10000])


def in_units(values, state):
    """Activations of the data, in those of the state."""
    return values * 2.0 ** (c.WIDE_FRACTION - state.unit.double())


@pytest.mark.parametrize("pixels", [48, 128, 1500])
def test_mean_and_magnitude_converge(pixels):
    """To the data's mean, and within the hysteresis of the target: 1/2 to 3/2."""
    state = initial(8, pixels, 15)
    means, magnitudes = train(state, normal(rng(pixels), MEAN, SIGMA), pixels, 700)
    mean, magnitude = (values[350:].mean(dim=0) for values in (means, magnitudes))
    slack = 0.5 + 0.7 * (1500 / pixels) ** 0.5  # outputs are samples: sigma is 20 to 52
    assert mean.abs().max() < slack
    assert (26 / 2 - slack < magnitude).all() and (magnitude < 26 * 3 / 2 + slack).all()
    assert (state.mean / ONE - in_units(MEAN, state)).abs().max() < 6 * slack
    average, most = exact.outputs_part(pixels)
    share = float(average / most)
    last = magnitudes[-50:].mean(dim=0)  # a unit may have changed before
    assert (state.deviation / ONE / (last * share) - 1).abs().max() < 0.3


@pytest.mark.parametrize("bits, shift", [(5, None), (-5, None), (4, 13), (-4, 13)])
def test_units_follow_the_data(bits, shift):
    """Data larger by 2**bits get a unit larger by 2**bits, whether their shift follows or not."""
    r, low = rng(7), 2.0 ** min(bits, 0)
    mean, sigma = MEAN / low, SIGMA / low
    if shift:
        mean, sigma = mean / 8, sigma.clamp(min=12000) + 4000
    state = initial(8, 256, 15)
    constant = shift and (lambda step: shift)
    before = train(state, normal(r, mean, sigma), 256, 500, shift=constant)
    old, factor = state.unit, 2.0**bits
    after = train(state, normal(r, mean * factor, sigma * factor), 256, 1000, 500, constant)
    assert ((state.unit - old - bits).abs() <= 1).all()
    for found, magnitude in (before, after):
        half = len(found) // 2
        assert found[half:].mean(dim=0).abs().max() < 2
        average = magnitude[half:].mean(dim=0)
        assert (average > 26 * 0.45).all() and (average < 26 * 1.55).all()
    assert (state.mean / ONE - in_units(mean * factor, state)).abs().max() < 6


@pytest.mark.parametrize("sigma", [300, 2000])
@pytest.mark.parametrize("period", [1, 40])
def test_weak_channels_under_a_shift_that_alternates(sigma, period):
    """A sigma of less than one activation wants a unit below the larger of the shifts."""
    state = initial(4, 256, 15)
    mean = [20000, -20000, 60000, 3000]
    sums = normal(rng(8), t(mean), sigma)
    found, _ = train(state, sums, 256, 500, shift=lambda step: 12 + step // period % 2)
    assert state.unit.tolist() == [12] * 4
    assert found[150:].abs().max() < 12
    assert found[400:].abs().max() < 3


def test_means_beyond_what_a_small_unit_can_store():
    """Means of up to 2048 of the smallest unit, of which 512 can be stored: the unit stays larger.

    Where it has become small before the mean has arrived, what cannot be stored is left.
    """
    value = t([0, 30, -200, 300, -700, 1022, 1030, -1030, 1500, 2047, -2048])
    state, outputs = initial(len(value), 64, 4), []
    for step in range(600):
        x = state(value.expand(64, -1), 0)
        state.observe(x, step)
        state.settle(64, 0)
        outputs.append(x[0])
    outputs = torch.stack(outputs).abs()
    assert int(outputs[100:].max()) <= 16
    assert (outputs[500:] <= torch.where(value.abs() == 1030, 4, 1)).all()
    assert state.unit.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_mean_that_grows_beyond_what_can_be_stored(sign):
    """What is left of it counts as deviation, and at 3/2 of the target the unit grows."""
    state, largest = normaliser([sign * 450 * ONE], [26 * ONE], [0]), 0
    for step in range(900):
        value = sign * (450 + min(step // 5, 150))
        x = state(t([[value]]).expand(64, 1), 0)
        state.observe(x, step)
        state.settle(64, 0)
        largest = max(largest, int(x.abs().max()))
    assert state.unit.tolist() == [1] and int(x.abs().max()) <= 1
    assert 26 * 3 / 2 <= largest <= 60
