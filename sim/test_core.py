"""The whole engine under cocotb, exact against the golden model, for several array shapes."""

from dataclasses import asdict, replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.core import Core
from lls_hw.gateware.memory.ram import Ram
from sim.simulation import simulate

SMALL_MEMORIES = replace(
    preset("tiny"),
    weight_depth=2048,
    act_depth=2048,
    latent_depth=1024,
    sign_depth=2048,
    acc_depth=40,
    image_depth=512,
    max_classes=100,
)
SLOW = {"seeds": 8, "convolutions": 10}
"""Random networks on arrays that take longer; `bench/random_networks.py` trains more."""


@pytest.mark.parametrize(
    ("rows", "cols", "image_channels", "acc_depth", "bands"),
    [(4, 4, 1, 40, 6), (2, 16, 3, 20, 14), (8, 4, 1, 300, 1), (8, 8, 2, 100, 2)],
)
def test_core(rows, cols, image_channels, acc_depth, bands, monkeypatch):
    """In the smallest, no read that meets a write is used: such reads return rubbish there; on a
    board they return anything."""
    monkeypatch.setattr(Ram, "poison", rows * cols == 16)
    config = replace(
        SMALL_MEMORIES, rows=rows, cols=cols, image_channels=image_channels, acc_depth=acc_depth
    )
    networks = {"seeds": 12, "convolutions": 20} if rows * cols < 32 else SLOW
    settings = {"config": asdict(config), **networks, "bands": bands}
    simulate(Core(config), "sim.core_bench", settings)


def test_core_without_maps_and_trace():
    """The smallest array; it refuses convolutions, and trains fully connected networks."""
    config = replace(SMALL_MEMORIES, rows=2, cols=2, lanes=2, maps=False, trace=False)
    settings = {"config": asdict(config), "seeds": 8, "convolutions": 0}
    simulate(Core(config), "sim.core_bench", settings)


def test_variants(monkeypatch):
    """Cosine basis, LLS-M and LLS-MxM; up to 200 classes; no read that meets a write is used."""
    monkeypatch.setattr(Ram, "poison", True)
    config = replace(
        SMALL_MEMORIES, rows=4, cols=4, basis_bits=8, modulation_depth=4096, max_classes=200
    )
    settings = {
        "config": asdict(config), "seeds": 16, "convolutions": 12,
        "classes": [2, 5, 10, 17, 33, 200],
    }  # fmt: skip
    simulate(Core(config), "sim.core_bench", settings)


def test_momentum(monkeypatch):
    """Weights and velocities, with and without momentum in the network."""
    monkeypatch.setattr(Ram, "poison", True)
    config = replace(SMALL_MEMORIES, rows=2, cols=8, momentum=True)
    settings = {"config": asdict(config), "seeds": 12, "convolutions": 12}
    simulate(Core(config), "sim.core_bench", settings)


def test_channels(monkeypatch):
    """Normalisation and steps of channels, as networks have them or not; as many columns as may."""
    monkeypatch.setattr(Ram, "poison", True)
    config = replace(SMALL_MEMORIES, rows=2, cols=4, momentum=True, channel_depth=250)
    settings = {"config": asdict(config), "seeds": 12, "convolutions": 12}
    simulate(Core(config), "sim.core_bench", settings)


def test_depths_that_are_no_powers_of_two():
    """Memories, program, layers and classes of odd sizes; the trace is read as well."""
    config = replace(
        SMALL_MEMORIES, rows=2, cols=2, lanes=4, weight_depth=1999, act_depth=1501, acc_depth=37,
        latent_depth=777, sign_depth=1201, image_depth=333, max_width=29, basis_depth=391,
        max_classes=77, basis_classes=7, max_layers=5, program_depth=23,
    )  # fmt: skip
    settings = {
        "config": asdict(config), "seeds": 3, "convolutions": 2, "classes": [2, 17, 33, 77],
    }  # fmt: skip
    simulate(Core(config), "sim.core_bench", settings)
