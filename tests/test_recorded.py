"""Recorded networks, one for each preset: equal weights, as many cycles or fewer.

`bench/recorded.py` trains all of them on simulated boards.
"""

import json
from pathlib import Path

import pytest
import torch

from lls_hw.contract.config import PRESETS
from lls_hw.driver.device import Device
from lls_hw.golden.recorded import compiled_cycles, golden_weights, recorded, train_on

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())


def test_every_preset_is_recorded():
    assert list(RECORDED) == list(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_golden_model_and_compiler(name):
    torch.set_num_threads(1)
    case, before = recorded(name), RECORDED[name]
    assert golden_weights(case) == before["weights"]
    train_cycles, infer_cycles = compiled_cycles(case)
    assert train_cycles <= before["train_cycles"]
    assert infer_cycles <= before["infer_cycles"]


@pytest.mark.parametrize("name", ["tiny", "variants", "momentum"])
def test_simulated_board(name):
    """The boards that other tests compile as well."""
    case, before = recorded(name), RECORDED[name]
    with Device.open(f"sim:{name}") as device:
        seen = train_on(case, device)
    assert seen.weights == before["weights"]
    assert (seen.train_cycles, seen.infer_cycles) == compiled_cycles(case)
    assert seen.train_cycles <= before["train_cycles"]
    assert seen.infer_cycles <= before["infer_cycles"]
