"""``python -m lls_hw.train --self-test`` on simulated boards."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import lls_hw.golden.model
from lls_hw.contract.config import PRESETS
from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.golden.self_test import choose_network
from lls_hw.program.compiler import compile_network
from lls_hw.train import main


def test_simulated_board(capsys):
    assert main(["--device", "sim:tiny", "--self-test"]) == 0
    said = capsys.readouterr().out
    assert "8,192 elements keep their value" in said
    assert "equal to the golden model's after every step" in said


def test_board_with_momentum_and_channel_states(capsys):
    """Its velocities are tested as well, and three elements of each of 512 channel states."""
    assert main(["--device", "sim:momentum", "--self-test"]) == 0
    said = capsys.readouterr().out
    assert f"{81_920 + 3 * 512:,} elements keep their value" in said
    assert "38, equal to the golden model's after every step" in said


def test_channel_states_that_are_forgotten(monkeypatch, capsys):
    """In the complete memory, and after a step."""
    read = Device.read
    for size, message in (
        (2048, "of 2048 elements of CHANNEL do not keep"),
        (32, "layer 0 differ"),
    ):

        def forgetful(self, space, address, count, size=size):
            data = np.array(read(self, space, address, count))
            if space is Space.CHANNEL and count == size:
                data[1] ^= 4
            return data

        monkeypatch.setattr(Device, "read", forgetful)
        assert main(["--device", "sim:momentum", "--self-test"]) == 1
        error = " ".join(capsys.readouterr().err.split())
        assert message in error
    assert "the first is DEVIATION of channel 0" in error


def test_board_behind_a_socket(capsys):
    command = [sys.executable, "-m", "lls_hw.simulator", "--preset", "tiny", "--with-parent"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        port = process.stdout.readline().rsplit(":", 1)[1].strip()
        assert main(["--device", f"socket://127.0.0.1:{port}", "--self-test"]) == 0
        process.stdin.close()
    assert "equal to the golden model's" in capsys.readouterr().out


def test_first_difference_has_a_name(monkeypatch, capsys):
    monkeypatch.setattr(
        lls_hw.golden.model, "noise", lambda step, layer, i, o: torch.zeros(i, o, dtype=torch.int64)
    )
    assert main(["--device", "sim:tiny", "--self-test"]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "After step 1," in error and "weights of layer" in error and "the first at [" in error


def test_memory_that_forgets(monkeypatch, capsys):
    read = Device.read

    def forgetful(self, space, address, count):
        data = np.array(read(self, space, address, count))
        if space is Space.WEIGHT and count == 8192:
            data[77] ^= 4
        return data

    monkeypatch.setattr(Device, "read", forgetful)
    assert main(["--device", "sim:tiny", "--self-test"]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "1 of 8192 elements of WEIGHT do not keep" in error
    assert "the first is 77: " in error


def test_every_preset_has_a_network():
    """The more an engine holds, the more the test asks of it."""
    layers = {name: len(choose_network(config).network.layers) for name, config in PRESETS.items()}
    assert layers["tiny"] == layers["small"] == layers["large"] == 4
    assert layers["nano"] >= 2


def test_every_option_of_the_engine_is_used():
    for config in PRESETS.values():
        network = choose_network(config).network
        assert network.normalise == (network.training.step == "channel") == network.channel_state
        assert network.channel_state == (config.channel_depth > 0)
        assert (network.training.momentum_shift > 0) == config.momentum


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("changes", [{}, {"program_depth": 32}, {"weight_depth": 512}])
def test_every_engine_can_have_an_external_memory(name, changes):
    """What the test chooses fits: with all weights outside, some, or none because of momentum."""
    config = replace(PRESETS[name], external_depth=1 << 16, **changes)
    network, outside = choose_network(config)
    compile_network(network, config, network.training.batch, outside=outside)
    assert (len(outside) == 0) == config.momentum
    if not changes and name not in ("nano", "momentum"):
        assert len(outside) == len(network.layers)


def test_momentum_beside_an_external_memory(tmp_path, capsys):
    """It holds images alone."""
    engine = tmp_path / "engine.toml"
    engine.write_text('preset = "nano"\nmomentum = true\nexternal_depth = 65536\n')
    options = ["--device", f"sim:{engine}", "--self-test", "--memory-elements", "100"]
    assert main(options) == 0
    said = " ".join(re.sub("[│]", " ", capsys.readouterr().out).split())
    assert "100 elements tested with a value and its opposite" in said
    assert "layers with weights outside 0 of 3" in said
    assert "as predicted" in said


def test_one_element_of_a_simulated_memory(capsys):
    """It must last a cycle: the time in which a chip forgets takes minutes to simulate."""
    assert main(["--device", "sim:tiny-sdram", "--self-test", "--memory-elements", "1"]) == 0
    said = " ".join(re.sub("[│]", " ", capsys.readouterr().out).split())
    assert "1 element tested with a value and its opposite, for 1 cycle each" in said


def test_elements_of_a_memory_that_is_not_there(capsys):
    assert main(["--device", "sim:tiny", "--self-test", "--memory-elements", "5"]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "cannot be tested: sim:tiny has none; leave the number out" in error
