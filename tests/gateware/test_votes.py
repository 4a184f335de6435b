"""Votes against a table of sums."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.local.votes import Votes
from tests.gateware.helpers import play


@pytest.mark.parametrize(
    "classes, samples, layers", [(2, 5, 3), (10, 3, 2), (17, 2, 16), (5, 1, 1)]
)
def test_votes(classes, samples, layers):
    """Layers one after the other, classes back to back; equal sums elect the first class."""
    rng = random.Random(classes)
    config = replace(preset("tiny"), vote_depth=100)
    sums = [[0] * classes for _ in range(samples)]
    stimulus, expected = [], {}
    for layer in range(layers):
        command = {"vote": 1, "vote_first": int(layer == 0), "classes": classes}
        quiet = {"first": 0, "sample_end": 0, "exponent.enable": 0}
        stimulus += [{"command": command, **quiet, "first": 1}, quiet]
        for row in sums:
            for number in range(classes):
                size = rng.choice([2, 1 << 19])
                value = rng.randrange(-size, size)
                row[number] += value
                stimulus.append({
                    **quiet, "exponent.enable": 1, "exponent.addr": number, "exponent.data": value,
                })  # fmt: skip
            stimulus += [quiet] * (Votes.LATENCY - 1)
            stimulus.append({**quiet, "sample_end": 1})
            expected[len(stimulus) - 1] = row.index(max(row))
    records = play(Votes(config), stimulus, ["prediction"])
    assert {cycle: records[cycle]["prediction"] for cycle in expected} == expected


def test_without_a_vote_nothing_is_kept():
    """A command that does not vote neither changes sums nor starts them anew."""
    config = replace(preset("tiny"), vote_depth=100)
    quiet = {"first": 0, "exponent.enable": 0}

    def layer(vote, vote_first, values):
        command = {"vote": vote, "vote_first": vote_first, "classes": 2}
        votes = [
            {**quiet, "exponent.enable": 1, "exponent.addr": k, "exponent.data": value}
            for k, value in enumerate(values)
        ]
        return [{"command": command, "first": 1}, quiet, *votes, *[quiet] * Votes.LATENCY]

    stimulus = [*layer(1, 1, (5, 0)), *layer(0, 0, (0, 100)), *layer(1, 0, (0, 4))]
    assert play(Votes(config), stimulus, ["prediction"])[-1]["prediction"] == 0


def test_the_first_layer_starts_sums_anew():
    """Those of an inference before lie in the memory."""
    config = replace(preset("tiny"), vote_depth=100)
    quiet = {"first": 0, "exponent.enable": 0}
    stimulus = []
    for values in ((0, 1000), (7, 0)):
        command = {"vote": 1, "vote_first": 1, "classes": 2}
        votes = [
            {**quiet, "exponent.enable": 1, "exponent.addr": k, "exponent.data": value}
            for k, value in enumerate(values)
        ]
        stimulus += [{"command": command, "first": 1}, quiet, *votes, *[quiet] * Votes.LATENCY]
    assert play(Votes(config), stimulus, ["prediction"])[-1]["prediction"] == 0
