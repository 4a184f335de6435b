"""A simulated board stands still while nothing happens, and never while an answer is under way."""

import time

import numpy as np

from lls_hw.contract.config import preset
from lls_hw.contract.registers import Space
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.network.network import Dense, Network
from lls_hw.simulator.device import simulated_device

NETWORK = Network("slow", (1, 1, 300), (Dense(240), Dense(10)))
"""One whose runs are longer than the board's silence after which it stands still."""
BATCH = 8
RUNS = 600
LONGEST = 0.5
"""Seconds of a run of milliseconds; the driver asks again after 0.8."""


def test_answers_come_at_once():
    """Runs end at any place between two looks at the sockets, also at the last."""
    x, labels = np.zeros((BATCH, 300), np.int8), np.zeros(BATCH, np.uint8)
    with simulated_device(preset("small")) as device:
        trainer = Trainer(device, NETWORK, BATCH)
        trainer.load(initial_state(NETWORK, BATCH, 0))
        seconds = []
        for run in range(RUNS):
            samples = 1 + run % BATCH
            device.write(Space.LABEL, 0, labels[: 1 + run % 7])
            started = time.monotonic()
            (result,) = trainer.infer(x[:samples], labels[:samples])
            seconds.append(time.monotonic() - started)
            assert len(result.prediction) == samples
    assert sum(each > LONGEST for each in seconds) <= 1  # one, where the machine itself was busy
