"""Seeded convolutional networks on the simulated board, through the driver.

`bench/random_networks.py` does the same with hundreds of them on larger arrays.
"""

from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.driver.device import Device
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.compare import compare, random_case
from lls_hw.golden.verify import Mismatch

CONFIG = preset("tiny")
MOST_CYCLES = 60_000


@pytest.fixture(scope="module")
def board():
    with Device.open("sim:tiny") as device:
        yield device


@pytest.mark.parametrize("seed", range(16))
def test_board_equals_golden_model(board, seed):
    """Results, weights, shifts, cycles and trace; one network after the other on one board."""
    assert len(compare(random_case(seed, [CONFIG], MOST_CYCLES), board)) == 64


def test_a_difference_is_found(board, monkeypatch):
    """A weight that is not the one the golden model began with."""
    case = random_case(1, [CONFIG], MOST_CYCLES)
    weights = [w.copy() for w in case.state.weights]
    weights[0][0, 0] ^= 64
    other = replace(case.state, weights=weights)
    load = Trainer.load
    monkeypatch.setattr(Trainer, "load", lambda trainer, state: load(trainer, other))
    with pytest.raises(Mismatch, match="the golden model"):
        compare(case, board)
