"""Two columns that share a unit, against the golden model's update of each."""

import random
from dataclasses import replace

import torch

from lls_hw.contract.config import preset
from lls_hw.gateware.update.shared_update import UPDATE_COLUMNS, SharedUpdate
from lls_hw.golden import integer
from tests.gateware.helpers import play

TINY = preset("tiny")
NOISE_AT, WEIGHT_AT = 2, 3
ROWS = 30


class Rows:
    """Gradients of ROWS rows in each of the columns, and the words that they change."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.rng = rng
        self.gradients = self._each(lambda: rng.randrange(-(1 << 24), 1 << 24))
        self.weights = self._each(lambda: rng.randrange(-32767, 32768))
        self.velocities = self._each(lambda: rng.randrange(-(1 << 26), 1 << 26))
        self.noise = [rng.randrange(1 << 16) for _ in range(ROWS)]
        self.column_noises = [rng.randrange(1 << 16) for _ in range(UPDATE_COLUMNS)]
        self.shifts = rng.sample(range(5, 14), UPDATE_COLUMNS)
        self.momentum_shift = 3
        period = [rng.choice([2, 2, 3, 6]) for _ in range(ROWS)]  # rows may be further apart
        self.starts = [1 + sum(period[:row]) for row in range(ROWS)]

    def _each(self, value):
        return [[value() for _ in range(ROWS)] for _ in range(UPDATE_COLUMNS)]

    def stimulus(self):
        """Every input has a value that does not belong there in all other cycles."""
        cycles, rng = self.starts[-1] + 12, self.rng
        inputs = [
            {
                "first": int(t in self.starts),
                "noise": rng.randrange(1 << 16),
                "gradients": [rng.randrange(1 << 20) for _ in range(UPDATE_COLUMNS)],
            }
            | {f"changes.{c}.old": {"weight": rng.randrange(999)} for c in range(UPDATE_COLUMNS)}
            for t in range(cycles)
        ]  # fmt: skip
        inputs[0] |= {
            "shifts": self.shifts, "column_noises": self.column_noises,
            "momentum_shift": self.momentum_shift,
        }  # fmt: skip
        for row, start in enumerate(self.starts):
            for c in range(UPDATE_COLUMNS):
                t = start + c
                inputs[t]["gradients"][c] = self.gradients[c][row]
                inputs[t + NOISE_AT]["noise"] = self.noise[row]
                word = {"weight": self.weights[c][row], "velocity": self.velocities[c][row]}
                inputs[t + WEIGHT_AT][f"changes.{c}.old"] = word
        return inputs

    def operands(self, c):
        """Weights, gradients, shift and noise of a column, for the golden model."""
        weights, gradients = torch.tensor(self.weights[c]), torch.tensor(self.gradients[c])
        noise = torch.tensor([noise ^ self.column_noises[c] for noise in self.noise])
        return weights, gradients, self.shifts[c], noise


def new_words(rows, momentum, latency):
    """What the unit makes of each word of each column."""
    stimulus = rows.stimulus()
    if not momentum:
        for cycle in stimulus:
            for c in range(UPDATE_COLUMNS):
                cycle[f"changes.{c}.old"].pop("velocity", None)
    outputs = [f"changes.{c}.new" for c in range(UPDATE_COLUMNS)]
    unit = SharedUpdate(replace(TINY, momentum=momentum))
    records = play(unit, stimulus, outputs)
    return [
        [records[start + c + latency][f"changes.{c}.new"] for start in rows.starts]
        for c in range(UPDATE_COLUMNS)
    ]


def test_weights():
    """In turns, each with its own shift and noise; rows may come every other cycle."""
    rows = Rows(seed=1)
    for c, words in enumerate(new_words(rows, momentum=False, latency=5)):
        assert [word.weight for word in words] == integer.update(*rows.operands(c)).tolist()


def test_weights_and_velocities():
    rows = Rows(seed=5)
    for c, words in enumerate(new_words(rows, momentum=True, latency=8)):
        weights, gradients, shift, noise = rows.operands(c)
        expected = integer.momentum_update(
            weights, torch.tensor(rows.velocities[c]), gradients, shift, noise, rows.momentum_shift
        )
        for name, values in zip(("weight", "velocity"), expected, strict=True):
            assert [word[name] for word in words] == values.tolist()
