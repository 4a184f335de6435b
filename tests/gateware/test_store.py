"""Activation and sign memories."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.memory.activations import ActivationStore
from lls_hw.gateware.memory.signs import SignStore
from tests.gateware.helpers import play

TINY = preset("tiny")
READ_LATENCY, WRITE_LATENCY = 4, 3


@pytest.mark.parametrize("shape", [(4, 4), (2, 8), (8, 2), (4, 8), (8, 4)])
def test_activations(shape):
    """Random reads and writes in every cycle, the engine's writes before the host's."""
    config = replace(TINY, rows=shape[0], cols=shape[1], act_depth=8)
    rng = random.Random(sum(shape))
    size, rows, cols = config.act_word, config.rows, config.cols
    store = [[0] * size for _ in range(config.act_depth)]
    stimulus, expected = [], []
    writing = [0, 0]
    for _ in range(300):
        read = rng.choice([word for word in range(8) if word not in writing])
        read_part = rng.randrange(size // rows)
        write, write_part = rng.randrange(8), rng.randrange(size // cols)
        values = [rng.randrange(-127, 128) for _ in range(cols)]
        valid, engine, host = (rng.randrange(2) for _ in range(3))
        address, value = rng.randrange(8 * size), rng.randrange(-127, 128)
        stimulus.append(
            {
                "read.valid": valid, "read.addr": read, "read.part": read_part,
                "write.enable": engine, "write.addr": write, "write.part": write_part,
                "write.data": values, "host.valid": host, "host.payload.addr": address,
                "host.payload.data": value & 0xFF,
            }
        )  # fmt: skip
        part = store[read][read_part * rows : (read_part + 1) * rows]
        expected.append((list(part) if valid else [0] * rows, 1 - engine))
        writing = [writing[1], write if engine else address // size]
        if engine:
            store[write][write_part * cols : (write_part + 1) * cols] = values
        elif host:
            store[address // size][address % size] = value
    assert (ActivationStore.LATENCY, ActivationStore.WRITE_LATENCY) == (READ_LATENCY, WRITE_LATENCY)
    records = play(ActivationStore(config), stimulus, ["read.x", "host.ready"])
    for t, (x, ready) in enumerate(expected[:-READ_LATENCY]):
        assert list(records[t + READ_LATENCY]["read.x"]) == x
        assert records[t]["host.ready"] == ready


def test_signs():
    """Outputs of a linear layer, now and then, read as zero and leave the others' signs alone."""
    config = replace(TINY, cols=8, latent_depth=16)
    rng = random.Random(0)
    words = [0] * 16
    stimulus, expected = [], []
    linear = 0
    for t in range(400):
        if t % 40 == 0:
            linear = rng.randrange(2)
        read, write, value = rng.randrange(16), rng.randrange(16), rng.randrange(256)
        enable = rng.randrange(2)
        stimulus.append(
            {"read.addr": read, "write.addr": write, "write.data": value, "write.enable": enable,
             "linear": linear}
        )  # fmt: skip
        expected.append(0 if linear else words[read])
        if enable and not linear:
            words[write] = value
    records = play(SignStore(config), stimulus, ["read.data"])
    last = 3 + config.cols  # Cycles until the last column of a read has come out.
    for t, word in enumerate(expected[:-last]):
        if stimulus[t]["linear"] != stimulus[t + last]["linear"]:
            continue
        for c in range(config.cols):
            assert records[t + 3 + c]["read.data"] >> c & 1 == word >> c & 1
