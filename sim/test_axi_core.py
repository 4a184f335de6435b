"""The core on a processor's bus trains as golden does, for a program and for the driver."""

import json

import numpy as np
import pytest

from lls_hw.contract.axi import RANGE_BYTES, AxiRegister
from lls_hw.contract.config import preset
from lls_hw.driver.axi import AxiTransport
from lls_hw.driver.device import Device
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.gateware.axi.core import AXI_PORTS
from lls_hw.golden.trainer import GoldenTrainer
from lls_hw.program.compiler import compile_network
from sim.axi_bench import SimulatedRegisters, build_soc_axi
from sim.generic_bench import BATCH, LR_SHIFT, NETWORK, build_core, train


@pytest.fixture(scope="module")
def soc(tmp_path_factory):
    """The processor without an external memory beside the core."""
    return build_soc_axi("nano", tmp_path_factory.mktemp("core"))


@pytest.mark.parametrize("seed", [1, 2])
def test_training_step(soc, tmp_path, seed):
    """A program without an operating system: registers, interrupt, frames of its own."""
    program = compile_network(NETWORK, preset("nano"), BATCH, LR_SHIFT)
    assert train(soc, tmp_path, program, seed) == program.train_cycles


def test_training_step_with_weights_outside(tmp_path):
    """The ports of the external memory lead through, past the bus."""
    soc = build_soc_axi("tiny-sdram", tmp_path, ("-DEXTERNAL",))
    config, outside = preset("tiny-sdram"), frozenset(range(len(NETWORK.layers)))
    program = compile_network(NETWORK, config, BATCH, LR_SHIFT, outside=outside)
    assert train(soc, tmp_path, program, 3) > program.train_cycles


def test_driver(soc):
    """Everything above the registers is unchanged: results, weights, cycles are golden's."""
    rng, state = np.random.default_rng(5), initial_state(NETWORK, BATCH, 6)
    given = [
        (
            rng.integers(-127, 128, (BATCH, NETWORK.inputs)).astype(np.int8),
            rng.integers(0, NETWORK.classes, BATCH).astype(np.uint8),
        )
        for _ in range(4)
    ]
    transport = AxiTransport(SimulatedRegisters(soc, 4), "the core", simulated=True)
    with Device(transport, name="the core", timeout=60) as device:
        assert device.config == preset("nano")
        trainer, golden = Trainer(device, NETWORK, BATCH), GoldenTrainer(NETWORK, BATCH)
        for one in (trainer, golden):
            one.load(state)
        for board, expected in zip(trainer.train(given), golden.train(given), strict=True):
            assert (board.probability == expected.probability).all()
            assert (board.prediction == expected.prediction).all()
        assert trainer.counters().cycles == trainer.program.train_cycles
        board, expected = trainer.save(), golden.save()
        for layer, (w, golden_w) in enumerate(zip(board.weights, expected.weights, strict=True)):
            assert (w == golden_w).all(), f"layer {layer}"
        assert (board.shifts, board.step) == (expected.shifts, expected.step)
        statistics = device.statistics
    assert statistics.frames_damaged == statistics.retransmissions == statistics.repetitions == 0


def test_registers_of_the_design(tmp_path):
    """What a user's program is generated from says what the contract says."""
    build_core("nano", tmp_path, "--bus", "axi-lite")
    board = json.loads((tmp_path / "design.json").read_text())["board"]
    assert (board["bus"], board["address_range"]) == ("axi-lite", RANGE_BYTES)
    assert {r["name"]: r["offset"] for r in board["registers"]} == AxiRegister.__members__
    assert {p["name"] for p in board["ports"]} == AXI_PORTS.keys()
