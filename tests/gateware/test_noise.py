"""Noise keys and hash against golden.noise."""

import random
from functools import reduce
from itertools import product
from operator import xor

import pytest

from lls_hw.contract.timing_array import KEY_CYCLES
from lls_hw.gateware.update.noise import NoiseHash, NoiseKeys
from lls_hw.gateware.update.weight_noise import WeightNoise
from lls_hw.golden import noise
from tests.gateware.helpers import column, play

KEYS_LATENCY = 1 + 12 + 2 + 26
HASH_LATENCY = 2
ZERO_STATE = (0xE660A83A, 1)
"""Step and layer where the hash is 0, a state that xorshift32 would never leave."""


@pytest.mark.parametrize(
    ("step", "layer"), [(0, 0), (1, 7), (0xFFFFFFFF, 15), (123456, 3), ZERO_STATE]
)
def test_keys(step, layer):
    """Twice in a row; the keys stay until the next start."""
    assert NoiseKeys.CYCLES == KEYS_LATENCY < KEY_CYCLES
    once = [{"start": 1}, {"start": 0}] + [{}] * (KEYS_LATENCY - 1)
    first = {"step": step, "layer": layer}
    second = {"step": (step + 1) & 0xFFFFFFFF, "layer": layer}
    stimulus = [once[0] | first, *once[1:], once[0] | second, *once[1:], {}, {}]
    records = play(NoiseKeys(), stimulus, ["keys"])
    for start, setting in ((0, first), (len(once), second)):
        expected = noise.key_words(setting["step"], layer)
        assert list(records[start + KEYS_LATENCY]["keys"]) == expected
    assert list(records[-1]["keys"]) == expected


def test_keys_of_the_zero_state():
    """xorshift32 from 1 instead, worked out by itself."""
    step, layer = ZERO_STATE
    assert noise.mix(noise.mix(step) ^ layer) == 0
    stimulus = [{"start": 1, "step": step, "layer": layer}, {"start": 0}] + [{}] * KEYS_LATENCY
    keys = list(play(NoiseKeys(), stimulus, ["keys"])[KEYS_LATENCY]["keys"])
    state, expected = 1, []
    for _ in keys:
        state = (state ^ state << 13) % 2**32
        state ^= state >> 17
        state = (state ^ state << 5) % 2**32
        expected.append(state >> 16)
    assert keys == expected


def test_mix_is_independent_of_the_golden_model():
    """Jenkins' hash of 0 and 1, computed by hand from its published steps."""

    def published(a):
        for amount, constant in ((12, 0x7ED55D16), (5, 0x165667B1), (9, None), (3, 0xFD7046C5)):
            if amount == 12:
                a = (a + constant + (a << 12)) % 2**32
                a = (a ^ 0xC761C23C) ^ (a >> 19)
            elif amount == 9:
                a = ((a + 0xD3A2646C) ^ (a << 9)) % 2**32
            else:
                a = (a + constant + (a << amount)) % 2**32
        return (a ^ 0xB55A4F09) ^ (a >> 16)

    assert [noise.mix(a) for a in (0, 1, 0xDEADBEEF)] == [published(a) for a in (0, 1, 0xDEADBEEF)]


def test_hash():
    """One index a cycle, over the whole index range."""
    fan_in, fan_out = 300, 70
    values = noise.noise(9, 2, fan_in, fan_out)
    rng = random.Random(1)
    pairs = [(1 << b, 0) for b in range(8)] + [(0, 1 << b) for b in range(6)] + [(0, 0)]
    pairs += [(rng.randrange(fan_in), rng.randrange(fan_out)) for _ in range(200)]
    stimulus = [{"fan_in": i, "fan_out": o} for i, o in pairs] + [{}] * HASH_LATENCY
    stimulus[0] |= {"keys": noise.key_words(9, 2)}
    records = play(NoiseHash(), stimulus, ["noise"])
    expected = [int(values[i, o]) for i, o in pairs]
    assert column(records, "noise", HASH_LATENCY, len(pairs)) == expected


@pytest.mark.parametrize("bit", range(13))
def test_hash_bits(bit):
    """Every bit of both indices selects its own key word."""
    keys = noise.key_words(77, 5)
    stimulus = [
        {"keys": keys, "fan_in": 1 << bit, "fan_out": 0},
        {"fan_in": 0, "fan_out": 1 << bit}, {}, {},
    ]  # fmt: skip
    records = play(NoiseHash(), stimulus, ["noise"])
    assert column(records, "noise", HASH_LATENCY, 2) == [keys[bit], keys[13 + bit]]


@pytest.mark.parametrize("cols", [2, 4, 16])
@pytest.mark.parametrize("tap", [5, 8], ids=["padded", "full"])
def test_columns(cols, tap):
    """Each column has its own noise. Taps have rows to spare, or none, so they follow another."""
    taps, rows, first = 3, 8, 3 * cols
    values = noise.noise(9, 2, taps * tap + rows, first + 3 * cols)
    stimulus = [{"step": 9, "layer": 2, "first": first, "start": 1}, {"start": 0}]
    stimulus += [{}] * (KEYS_LATENCY - 1)
    start, expected = len(stimulus), []
    for output, number, row in product(range(3), range(taps), range(rows)):
        place = {"fan_in": number * tap + row, "fan_out": first + output * cols}
        mark, end = row == tap, row == rows - 1
        wrap = end and number == taps - 1
        back = end and not wrap and tap < rows
        move = {"step": not (wrap or back), "wrap": wrap, "back": back}
        stimulus += [place | {"move": {"mark": mark}}, {"move": move | {"mark": mark}}]
        expected += [values[place["fan_in"], place["fan_out"] :][:cols].tolist()] * 2
    stimulus += [{"move": {}}]
    records = play(WeightNoise(cols), stimulus, ["common", "columns"])
    assert start == KEYS_LATENCY + 1
    for t, wanted in enumerate(expected, start):
        common = records[t + WeightNoise.LATENCY]["common"]
        assert [common ^ own for own in records[t]["columns"]] == wanted


@pytest.mark.parametrize("bit", range(12))
def test_carry(bit):
    """From the last index without a bit to the first one with it, of inputs and of outputs."""
    cols, before = 2, (1 << bit) - 1
    keys = noise.key_words(5, 1)
    stimulus = [{"step": 5, "layer": 1, "first": 2 * before, "start": 1}, {"start": 0}]
    stimulus += [{}] * (KEYS_LATENCY - 1)
    stimulus += [{"fan_in": before, "fan_out": 2 * before}, {"move": {"step": 1}}, {"move": {}}, {}]
    stimulus += [{"move": {"wrap": 1}}, {"move": {}}, {}]
    common = column(play(WeightNoise(cols), stimulus, ["common"]), "common", 0, len(stimulus))
    base = reduce(xor, keys[14 : 14 + bit], 0)
    assert common[-6] == base
    assert common[-4] == base ^ reduce(xor, keys[: bit + 1])
    assert common[-1] == keys[14 + bit]
