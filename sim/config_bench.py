"""cocotb: networks that fit a random engine, against the golden model."""

import cocotb
import numpy as np

from lls_hw.golden.random_configs import random_network
from sim.core_bench import CONFIG, SEEDS, Board, train_and_compare

MOST_CYCLES = 5_000
"""Of a training step."""


@cocotb.test()
async def networks(dut):
    """Seeded networks and data; the batch is what the engine takes, up to 8."""
    await Board(dut).start()
    for seed in range(SEEDS):
        rng = np.random.default_rng((seed, 7))
        batch = int(rng.integers(1, min(CONFIG.max_batch, 8) + 1))
        network = random_network(rng, CONFIG, batch, MOST_CYCLES)
        await train_and_compare(dut, seed, network, batch, ["random"] * 3)
