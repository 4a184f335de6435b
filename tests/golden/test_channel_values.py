"""Between two steps, every field of a channel state is in its range, whatever the data."""

import numpy as np
import pytest
import torch

from lls_hw.contract import channels as c
from lls_hw.contract.formats import ACT_MAX
from lls_hw.golden.channel_step import GradientSize
from lls_hw.golden.normalisation import Normaliser
from tests.golden.test_integer import t

STEPS = 600


def in_range(**fields):
    for name, values in fields.items():
        limits = c.RANGES[c.ChannelField[name.upper()]]
        assert limits[0] <= int(values.min()) and int(values.max()) <= limits[-1], name


def corners(*fields):
    """All combinations of the lowest and highest values of these fields."""
    limits = [(c.RANGES[field][0], c.RANGES[field][-1]) for field in fields]
    return [t(column) for column in np.array(np.meshgrid(*limits)).reshape(len(fields), -1)]


@pytest.mark.parametrize("pixels", [1, 31, 33, 1000, 1025, 4096])
@pytest.mark.parametrize("kind", ["high", "low", "alternating", "zero", "random"])
def test_outputs(kind, pixels):
    state = Normaliser(*corners(c.ChannelField.MEAN, c.ChannelField.DEVIATION, c.ChannelField.UNIT))
    rng = np.random.default_rng(pixels)
    for step in range(STEPS):
        x = torch.full((pixels, 8), ACT_MAX)
        if kind == "random":
            x = t(rng.integers(-ACT_MAX, ACT_MAX + 1, (pixels, 8)))
        x = x * {"low": -1, "alternating": (-1) ** step, "zero": 0}.get(kind, 1)
        state.observe(x, step)
        state.settle(pixels, int(rng.integers(0, 32)) if step % 100 == 0 else 12)
        in_range(mean=state.mean, deviation=state.deviation, unit=state.unit)


@pytest.mark.parametrize("fan_in", [1, 15, 16, 17, 513, 8192])
@pytest.mark.parametrize("most", [0, 1, 1000, 2**31 - 1])
def test_gradients(most, fan_in):
    state = GradientSize(*corners(c.ChannelField.POWER, c.ChannelField.SIZE), t([1, 1, 1, 1]))
    rng = np.random.default_rng(fan_in)
    for step in range(STEPS if fan_in < 1000 else STEPS // 6):
        state.settle(fan_in)
        signs = t(rng.choice([-1, 1], (fan_in, 4)))
        state.observe(signs * most, step)
        in_range(power=state.power, size=state.size)
