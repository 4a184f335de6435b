"""Steps of a channel: exact, their ranges, and that sizes follow the gradients."""

import math

import pytest
import torch

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.golden.channel_step import GradientSize, power, sampled_rows
from lls_hw.golden.integer import momentum_update, update
from lls_hw.network.network import MAX_INPUTS
from tests.golden import exact
from tests.golden.test_integer import rng, t

FAN_INS = [1, 2, 3, 9, 15, 16, 17, 27, 100, 513, MAX_INPUTS]
STEPS = [0, 1, 7, 16, 10**6, 2**32 - 1]
LARGEST = 1 << f.PSUM_BITS - 1
LOWEST, HIGHEST = c.POWER_SPAN
GAIN = 4 ** (HIGHEST - LOWEST) << c.SAMPLES
"""Most that a step adds to a power."""
POWER_MOST = GAIN << c.MEMORY


def sizes(power_, size, seen=None):
    return GradientSize(t(power_), t(size), t([1] * len(size) if seen is None else seen))


def states(state):
    """(power, size) of each channel."""
    return list(zip(state.power.tolist(), state.size.tolist(), strict=True))


def initial(size, fan_in):
    """A state that expects gradients of these sizes."""
    return sizes([c.power_target(fan_in) << c.FRACTION] * len(size), size)


def test_power():
    """Each size with gradients at and beside the powers of two, of both signs, and extreme ones."""
    gradients = {s * 2**k + d for k in range(31) for s in (1, -1) for d in (-2, -1, 0, 1)}
    gradients = sorted(gradients | {LARGEST - 1, -LARGEST})
    size = t(range(c.SIZE_MAX + 1))
    found = power(t(gradients)[:, None].expand(-1, len(size)), size)
    expected = [[exact.gradient_power(g, s) for s in size.tolist()] for g in gradients]
    assert found.tolist() == expected


@pytest.mark.parametrize("size", [0, 1, 2, 3, 20, 29, c.SIZE_MAX])
def test_power_approximates_the_square(size):
    """One to four times (G / 2**(size + LOWEST))**2, where it is not cut."""
    g = t(rng(size).integers(1, LARGEST, 1000)) >> t(rng(1).integers(0, 30, 1000))
    found = power(g, torch.full_like(g, size)).double()
    real = (g / 2.0 ** (size + LOWEST)) ** 2
    inside = (found > 1) & (found < 4 ** (HIGHEST - LOWEST))
    assert (found[inside] > real[inside]).all() and (found[inside] <= 4 * real[inside]).all()


def test_mean_power():
    """4**bits(g) over g**2 is 3 / ln 4 on average over the octave, for any distribution of g; so it
    is for normal distributions, whose mean power hardly depends on where in an octave they lie."""
    assert abs(c.POWER_MEAN - 3 / math.log(4)) < 0.005
    for place in (0.0, 0.25, 0.5, 0.75):
        g = t((rng(1).normal(0, 2 ** (20 + place), 200000)).round())
        length = torch.frexp(g.abs().double())[1].double()
        assert abs(float((4**length).mean() / g.double().square().mean()) / c.POWER_MEAN - 1) < 0.02


def test_samples_of_every_fan_in():
    """Strides, divisors and targets; a step has a sample, and never more than the divisor or 32."""
    for fan_in in range(1, MAX_INPUTS + 1):
        every, (_, most) = exact.rows_apart(fan_in), exact.rows_part(fan_in)
        assert 1 << c.row_stride(fan_in) == every <= 1 << c.STRIDE_MAX
        assert 1 << c.row_shift(fan_in) == most <= 1 << c.SAMPLES
        if fan_in >= 16:
            assert most // 2 < -(-fan_in // every) <= most
        assert c.power_target(fan_in) == exact.power_target(fan_in)


@pytest.mark.parametrize("fan_in", FAN_INS)
def test_every_weight_counts_once_in_a_cycle(fan_in):
    """All residues are visited, so the sample favours no input. Of fewer than 16, one counts in
    each step: those from the largest power of two on never do."""
    every = exact.rows_apart(fan_in)
    counting = fan_in if fan_in >= 16 else every
    for first in (0, 3, 10**6):
        numbers = torch.arange(1, fan_in + 1)[:, None]  # 0 is a row that is not there
        rows = [sampled_rows(numbers, step) for step in range(first, first + every)]
        rows = [found[found > 0] - 1 for found in rows]
        assert sorted(torch.cat(rows).tolist()) == list(range(counting))
        assert fan_in >= 16 or {len(row) for row in rows} == {1}


@pytest.mark.parametrize("fan_in", FAN_INS)
def test_observe(fan_in):
    r, channels = rng(fan_in), 5 if fan_in > 1000 else 40
    gradient = r.integers(-LARGEST, LARGEST, (fan_in, channels)) >> r.integers(0, 32, channels)
    gradient[:, :3] = LARGEST - 1, -LARGEST, 0
    for step in STEPS:
        size = r.integers(0, c.SIZE_MAX + 1, channels)
        before = r.integers(0, POWER_MOST // 2, channels)
        state = sizes(before, size)
        state.observe(t(gradient), step)
        assert list(zip(state.power.tolist(), state.seen.tolist(), strict=True)) == [
            exact.observe_gradient(p, s, gradient[:, o].tolist(), step)
            for o, (p, s) in enumerate(zip(before.tolist(), size.tolist(), strict=True))
        ]
        assert state.size.tolist() == size.tolist()
        assert (state.power - t(before)).max() <= GAIN


@pytest.mark.parametrize("fan_in", FAN_INS)
def test_settle(fan_in):
    """At and beside both limits. From any state that a step can leave, the next one has room for
    what a step adds: where it added nothing, there was room before."""
    target = c.power_target(fan_in)
    powers = {0, 1, target << c.FRACTION, POWER_MOST}
    powers |= {(halves << 10) + d for halves in (target, 5 * target) for d in (-1, 0, 1, 1023)}
    powers |= set(rng(fan_in).integers(0, POWER_MOST, 20).tolist())
    some = (0, 1, 2, 17, c.SIZE_MAX - 1, c.SIZE_MAX)
    given = [(p, s, seen) for p in sorted(powers) for s in some for seen in (0, 1)]
    given = [g for g in given if g[2] or g[0] <= POWER_MOST - GAIN]
    state = sizes(*zip(*given, strict=True))
    state.settle(fan_in)
    assert states(state) == [exact.settle_gradient(*g, fan_in) for g in given]
    assert 0 <= int(state.size.min()) and int(state.size.max()) <= c.SIZE_MAX
    assert 0 <= int(state.power.min()) and int(state.power.max()) <= POWER_MOST - GAIN


def test_ranges():
    """Worst cases of every number that is kept, from the formats alone."""
    assert POWER_MOST < 1 << c.POWER_BITS <= 2 * POWER_MOST
    assert (LARGEST - 1).bit_length() < c.SIZE_MAX, "a size that no gradient exceeds"
    for beats in (1, f.MAX_BEATS):
        assert c.initial_size(beats, True) <= c.SIZE_MAX
    for fan_in in range(1, MAX_INPUTS + 1):
        target = c.power_target(fan_in)
        assert 0 < 5 * target < POWER_MOST >> c.FRACTION - 1
        assert 4 * target << c.FRACTION - 1 <= POWER_MOST - GAIN, "what is multiplied was small"


def test_the_largest_power_of_sizes_that_follow():
    """A size grows as soon as its power is 2.5 times the target, so few of the bits are used."""
    state, most = initial([0], 512), 0
    for step in range(400):
        state.settle(512)
        state.observe(t([[1 << min(step // 3, 30)]]).expand(512, 1), step)
        most = max(most, int(state.power))
    limit = 5 * c.power_target(512) << c.FRACTION - 1
    assert 0.95 * (limit + GAIN) < most <= limit + GAIN < 1 << c.POWER_BITS - 4


@pytest.mark.parametrize("fan_in", FAN_INS)
def test_initial_states_are_neutral(fan_in):
    state = initial(range(c.SIZE_MAX + 1), fan_in)
    state.settle(fan_in)
    assert state.size.tolist() == list(range(c.SIZE_MAX + 1))


def test_each_output_has_its_shift():
    """Updates with a shift for each output are those of each output alone, limited alike."""
    r, shifts = rng(4), t([-3, 0, 5, 20, 47, 60])
    w, g = t(r.integers(-32767, 32768, (50, 6))), t(r.integers(-LARGEST, LARGEST, (50, 6)))
    noise, velocity = t(r.integers(0, 2**16, (50, 6))), t(r.integers(-(2**24), 2**24, (50, 6)))
    together = update(w, g, shifts, noise), *momentum_update(w, velocity, g, shifts, noise, 2)
    for o, shift in enumerate(shifts.tolist()):
        column = w[:, o], g[:, o], shift, noise[:, o]
        alone = update(*column), *momentum_update(w[:, o], velocity[:, o], *column[1:], 2)
        assert all(torch.equal(a[:, o], b) for a, b in zip(together, alone, strict=True))


def train(state, draw, fan_in, first, steps):
    """Steps on gradients; returns the size of each channel in each step."""
    history = []
    for step in range(first, first + steps):
        state.settle(fan_in)
        history.append(state.size)
        state.observe(draw(), step)
    return torch.stack(history)


def gradients(r, kind, rms, fan_in):
    """Gradients with these root mean squares."""

    def draw():
        shape = fan_in, len(rms)
        if kind == "uniform":
            g = r.uniform(-(3**0.5), 3**0.5, shape)
        elif kind == "sparse":  # one in three
            g = r.normal(0, 3**0.5, shape) * (r.uniform(size=shape) < 1 / 3)
        else:
            g = r.normal(0, 1, shape)
        return t((g * rms).round())

    return draw


RMS = [2.0**k for k in (4.0, 8.25, 10.5, 11.75, 17.3, 20.0, 27.5)]


@pytest.mark.parametrize("kind", ["normal", "uniform", "sparse"])
@pytest.mark.parametrize("fan_in", [9, 48, 2304])
def test_size_is_that_of_the_gradient(kind, fan_in):
    """From guesses three bits too small: soon, and then in each step, within about one bit."""
    state = initial([round(math.log2(rms)) - 3 for rms in RMS], fan_in)
    history = train(state, gradients(rng(fan_in), kind, RMS, fan_in), fan_in, 0, 400)
    error = history[200:].double() - torch.tensor(RMS).log2()
    assert error.abs().max() <= (1.5 if fan_in < 16 else 1.25)


def test_sizes_have_no_preference():
    """Over root mean squares spread evenly in two octaves, sizes are right on average."""
    rms = [2.0 ** (12 + k / 32) for k in range(64)]
    errors = []
    for start in (10, 16):
        state = initial([start] * 64, 400)
        history = train(state, gradients(rng(start), "normal", rms, 400), 400, 0, 400)
        errors.append((history[300:].double() - torch.tensor(rms).log2()).mean())
    assert abs(sum(errors) / 2) < 0.1
    assert errors[0] < errors[1] < errors[0] + 0.5, "hysteresis: sizes come from below or above"


@pytest.mark.parametrize("bits, steps", [(5, 60), (-5, 450)])
def test_sizes_follow_the_gradient(bits, steps):
    """Up at once, down as fast as the mean square forgets: less than 90 steps a bit."""
    r, fan_in = rng(3), 200
    rms = [2.0**k for k in (10.0, 12.25, 14.5)]
    state = initial([10, 12, 14], fan_in)
    before = train(state, gradients(r, "normal", rms, fan_in), fan_in, 0, 200)[-1]
    other = gradients(r, "normal", [value * 2.0**bits for value in rms], fan_in)
    after = train(state, other, fan_in, 200, steps)[-1]
    assert ((after - before - bits).abs() <= 1).all()
    assert (after.double() - torch.tensor(rms).log2() - bits).abs().max() <= 1.25


@pytest.mark.parametrize("fan_in", [1, 2, 3, 9, 15])
@pytest.mark.parametrize("guess", [-3, 0, 3])
def test_first_steps_of_few_weights(fan_in, guess):
    """A first layer of 3 x 3 weights has a sample in every step: no size falls below the truth,
    whatever the first guess."""
    state = initial([12 + guess] * 64, fan_in)
    history = train(state, gradients(rng(5), "uniform", [2.0**12] * 64, fan_in), fan_in, 0, 400)
    assert int(history.min()) == 12 + min(guess, 0) and int(history.max()) == 12 + max(guess, 0)
    assert (history[300:] == 12).all()


@pytest.mark.parametrize("every", [2, 50, 1000])
def test_rare_gradients(every):
    """What comes in one of many steps takes steps of the same size: no power fades meanwhile.

    So the classifier of a network that errs rarely keeps weights that it can hold.
    """
    rms, fan_in, r = [2.0**k for k in (6.0, 11.5, 17.25)], 512, rng(every)
    draw = gradients(r, "normal", rms, fan_in)
    state = initial([6, 12, 17], fan_in)
    numbers = iter(range(10**6))
    history = train(
        state, lambda: draw() * (next(numbers) % every == 0), fan_in, 0, 400 + 20 * every
    )
    assert (history.double() - torch.tensor(rms).log2()).abs().max() <= 1.25
