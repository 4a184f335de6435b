"""Simulated boards with an SDRAM: the same bits wherever weights live, and broken chips named."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from lls_hw.contract.config import preset
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.compare import compare, random_case
from lls_hw.golden.self_test import self_test
from lls_hw.golden.verify import Mismatch
from lls_hw.program.compiler import compile_network
from lls_hw.simulator.device import simulated_device

CONFIG = replace(
    preset("lab"), rows=4, cols=4, act_depth=16384, latent_depth=8192, sign_depth=65536,
    basis_depth=2048, max_width=64, weight_depth=1 << 13, acc_depth=40, program_depth=2048,
    external_depth=1 << 24,
)  # fmt: skip
MOST_CYCLES = 120_000


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


@pytest.mark.parametrize("seed", range(6))
def test_same_bits_wherever_weights_live(board, seed):
    """Weights, predictions, channel states; no operation but a move takes another time."""
    case = random_case(seed, [CONFIG], MOST_CYCLES)
    layers = len(case.network.layers)
    rng = np.random.default_rng((seed, 5))
    outside = frozenset(k for k in range(layers) if rng.random() < 0.6) or frozenset({0})
    program = compile_network(case.network, CONFIG, case.batch, outside=outside)
    assert program.plan.windows
    assert compare(case, board, outside) == compare(case, board, frozenset())


def test_expected_waits(board):
    """The prediction of cycles, and of those that wait for the memory, is within 5 %."""
    case = random_case(2, [CONFIG], MOST_CYCLES)
    everything = frozenset(range(len(case.network.layers)))
    program = compile_network(case.network, CONFIG, case.batch, outside=everything)
    compare(case, board, everything)
    trainer = Trainer(board, case.network, case.batch, everything)
    trainer.load(case.state)
    list(trainer.train(case.batches[:1]))
    counted = trainer.counters()
    assert counted.cycles == pytest.approx(program.train_cycles, rel=0.05)
    assert counted.memory_wait_cycles > 0
    assert counted.memory_wait_cycles == pytest.approx(
        program.memory_wait, abs=0.05 * program.train_cycles
    )


def test_self_test(board):
    result = self_test(board, Console(quiet=True))
    assert not result.predicted
    assert result.words > 6000


@pytest.mark.parametrize(
    "fault, said",
    [
        ("absent", "does not answer: there is no chip"),
        ("data_stuck=3:1", "data line 3 is stuck at 1 .0x0001 was written, 0x0009 was read"),
        ("data_stuck=12:0", "data line 12 is stuck at 0 .0x1000 was written, 0x0000 was read"),
        ("rows=4096", "element 0 was overwritten by bit 23; the chip is smaller"),
        ("columns=256", "element 0 was overwritten by bit 8; the chip is smaller"),
        ("banks=2", "element 0 was overwritten by bit 10; the chip is smaller"),
        ("address_stuck=4:0", "mixes up addresses: element 0 was overwritten"),
        ("phase=120000", "the data lines are read at a wrong time"),
    ],
)
def test_broken_chips_are_named(monkeypatch, fault, said):
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", fault)
    with simulated_device(CONFIG) as device, pytest.raises(Mismatch, match=said):
        self_test(device, Console(quiet=True))
