"""Random engines with memories of any depth under cocotb, exact against the golden model."""

from dataclasses import asdict

import numpy as np
import pytest

from lls_hw.gateware.core import Core
from lls_hw.gateware.memory.ram import Ram
from lls_hw.golden.random_configs import random_config
from sim.simulation import simulate


@pytest.mark.parametrize("seed", [9, 13, 14, 50])
def test_random_config(seed, monkeypatch):
    """Together they have all that an engine can have; reads that meet a write return rubbish."""
    monkeypatch.setattr(Ram, "poison", True)
    config = random_config(np.random.default_rng((seed, 8)))
    simulate(Core(config), "sim.config_bench", {"config": asdict(config), "seeds": 3})
