"""Memories that a network fills to the last word."""

import numpy as np

from lls_hw.contract.memories import Memory
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.verify import Verifier
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.network import Conv, Dense, Network


def test_signs_and_images_to_the_last_word():
    """The classifier has no signs: nothing of it lands on those of the first layer."""
    network = Network("full", (1, 16, 16), (Conv(outputs=8, cells=4, average=True), Dense(10)))
    rng = np.random.default_rng(0)
    state = TrainingState(initial_weights(network, 0), initial_shifts(network))
    with Device.open("sim:tiny") as device:
        trainer = Trainer(device, network, 4)
        for memory in (Memory.SIGN, Memory.IMAGE):
            assert trainer.program.plan.used[memory] == memory.depth(device.config)
        trainer.load(state)
        verifier = Verifier(network, trainer.batch, state)
        batches = [
            (rng.integers(0, 128, (4, network.inputs), np.int8), rng.integers(0, 10, 4, np.uint8))
            for _ in range(3)
        ]
        for batch, result in zip(batches, trainer.train(batches), strict=True):
            verifier.step(*batch, result)
        verifier.check_weights(trainer.save())
