"""The weight memory of a column against a list of words."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.memory.weights import WeightStore
from tests.gateware.helpers import play

INDEX, LATENCY = 2, 3
BITS = {"weight": 16, "velocity": 32}


def wrapped(value, bits):
    """The signed number that so many bits of a value are."""
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


@pytest.mark.parametrize("momentum", [False, True])
def test_words(momentum):
    """The engine writes whole words, the host one field in one column; reads in every cycle."""
    config = replace(preset("tiny"), weight_depth=9, momentum=momentum)
    fields = ["weight", "velocity"][: 1 + momentum]
    rng = random.Random(momentum)
    words = [dict.fromkeys(fields, 0) for _ in range(9)]
    stimulus, expected = [], []
    for _ in range(400):
        read, write = rng.sample(range(9), 2)
        new = {field: wrapped(rng.getrandbits(32), BITS[field]) for field in fields}
        host = rng.choice([None, *fields])
        column, value = rng.randrange(4), rng.getrandbits(max(BITS[field] for field in fields))
        engine = rng.randrange(2) if host is None else 0
        stimulus.append(
            {
                "access": {
                    "read_addr": read, "write_addr": write, "write_enable": engine,
                    "host_enable": {host: 1} if host else {}, "host_column": column,
                    "host_data": value,
                },
                "change.new": new,
            }
        )  # fmt: skip
        expected.append(dict(words[read]))
        if engine:
            words[write] = new
        elif host and column == INDEX:
            words[write] = words[write] | {host: wrapped(value, BITS[host])}
    records = play(WeightStore(config, INDEX), stimulus, ["change.old"])
    assert WeightStore.LATENCY == LATENCY
    for record, word in zip(records[LATENCY:], expected, strict=False):
        assert {field: record["change.old"][field] for field in fields} == word
