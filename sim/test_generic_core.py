"""The core alone, inside a small system in Verilog, trains a step as the golden model does."""

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.generic import EXTERNAL_PORTS, PORTS, ports_of
from lls_hw.program.compiler import compile_network
from lls_hw.tools.verilate import verilate
from sim.generic_bench import BATCH, GENERIC, LR_SHIFT, NETWORK, build_core, train


def soc_of(name, folder, options=()):
    """The program that simulates the system with the engine of a preset."""
    options = [str(build_core(name, folder)), str(GENERIC / "slow_memory.v"), *options]
    return verilate(
        GENERIC / "soc.v", "soc", folder / "obj", [GENERIC / "main.cpp"], options=options
    )


@pytest.fixture(scope="module")
def soc(tmp_path_factory):
    """The system without an external memory."""
    return soc_of("nano", tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def soc_with_memory(tmp_path_factory):
    """The system with an external memory."""
    return soc_of("tiny-sdram", tmp_path_factory.mktemp("memory"), ["-DEXTERNAL"])


@pytest.mark.parametrize("seed", [1, 2])
def test_training_step(soc, tmp_path, seed):
    program = compile_network(NETWORK, preset("nano"), BATCH, LR_SHIFT)
    assert train(soc, tmp_path, program, seed) == program.train_cycles


def test_training_step_with_weights_outside(soc_with_memory, tmp_path):
    config, outside = preset("tiny-sdram"), frozenset(range(len(NETWORK.layers)))
    program = compile_network(NETWORK, config, BATCH, LR_SHIFT, outside=outside)
    assert program.plan.windows
    assert train(soc_with_memory, tmp_path, program, 3) > program.train_cycles


def test_ports():
    assert ports_of(preset("sdram")) == PORTS | EXTERNAL_PORTS
    assert ports_of(preset("small")) == PORTS
