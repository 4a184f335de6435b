"""Another network in the place of a checkpoint's: refused with the first setting that differs."""

from dataclasses import replace

import pytest

from lls_hw.driver.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.driver.initial import initial_state
from lls_hw.network.file import table_of
from lls_hw.network.network import Conv, Dense, Network, Training
from lls_hw.train import main

LAYERS = (Conv(outputs=4), Dense(5), Dense(3))
NETWORK = Network("small", (1, 8, 8), LAYERS, Training(batch=4, lr_shifts=(1, 2)))
FILE = """
input = [1, 8, 8]
layers = [{ outputs = 12 }, { outputs = 10 }]
[training]
batch = 8
"""


@pytest.fixture
def path(tmp_path):
    """A checkpoint of `NETWORK`."""
    meta = {"network": NETWORK.name, "definition": table_of(NETWORK)}
    path = tmp_path / "state"
    save_checkpoint(path, replace(initial_state(NETWORK, 4, 0), meta=meta))
    return path


def recipe(**changed):
    return replace(NETWORK, training=replace(NETWORK.training, **changed))


def layer(number, **changed):
    layers = list(LAYERS)
    layers[number - 1] = replace(layers[number - 1], **changed)
    return replace(NETWORK, layers=tuple(layers))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(NETWORK, offset=40), "offset 0, not 40"),
        (replace(NETWORK, basis="cosine"), "basis 'square', not 'cosine'"),
        (replace(NETWORK, predict="vote"), "predict 'classifier', not 'vote'"),
        (replace(NETWORK, normalise=True), "normalise False, not True"),
        (replace(NETWORK, layers=LAYERS[1:]), "layers [{'outputs': 4"),
        (replace(NETWORK, layers=(Dense(4), *LAYERS[1:])), "settings {'outputs': 4"),
        (layer(1, pool=True), "pool False in layer 1, not True"),
        (layer(1, headroom=2), "headroom 1 in layer 1, not 2"),
        (layer(1, temperature_shift=-1), "temperature_shift 0 in layer 1, not -1"),
        (recipe(lr_shifts=(1, 3)), "training.lr_shifts [1, 2], not [1, 3]"),
        (recipe(batch=8), "training.batch 4, not 8"),
        (recipe(stretches=2), "training.stretches 1, not 2"),
        (recipe(classifier_lr_shift=1), "training.classifier_lr_shift 0, not 1"),
        (recipe(schedule="run"), "training.schedule 'epochs', not 'run'"),
    ],
)
def test_other_settings(path, other, message):
    with pytest.raises(CheckpointError) as caught:
        network_for(path, load_checkpoint(path), other)
    assert f"was made with {message}" in str(caught.value)
    assert str(caught.value).endswith("use the same settings or another checkpoint.")


def test_the_same_network(path):
    """Its name is that of a file and may be another one."""
    state = load_checkpoint(path)
    assert network_for(path, state) == network_for(path, state, NETWORK) == NETWORK
    other = replace(NETWORK, name="other")
    assert network_for(path, state, other) is other


def test_settings_that_came_later(path):
    """A checkpoint that was written before there was a choice has what was then without one."""
    state = load_checkpoint(path)
    table = state.meta["definition"]
    del table["normalise"], table["predict"], table["training"]["stretches"]
    assert network_for(path, state, NETWORK) is NETWORK


@pytest.mark.parametrize(
    ("line", "now", "message"),
    [
        (
            "batch = 8",
            "batch = 8\nclassifier_lr_shift = 2",
            "training.classifier_lr_shift 0, not 2",
        ),
        ("12 }", "12, headroom = 2 }", "headroom 1 in layer 1, not 2"),
        ("12 }", "12, temperature_shift = 1 }", "temperature_shift 0 in layer 1, not 1"),
        ("[training]", "offset = 30\n[training]", "offset 0, not 30"),
        ("batch = 8", "batch = 8\nlr_shifts = [3]", "training.lr_shifts [1], not [3]"),
    ],
)
def test_a_file_that_changes_before_training_is_resumed(tmp_path, capsys, line, now, message):
    pytest.importorskip("sklearn")
    network, path = tmp_path / "own.toml", tmp_path / "run"
    network.write_text(FILE)
    options = [
        "--device", "golden", "--network", str(network), "--data", "digits", "--limit", "16",
        "--test-limit", "8", "--checkpoint", str(path),
    ]  # fmt: skip
    assert main(options) == 0
    content = path.read_bytes()
    network.write_text(FILE.replace(line, now))
    assert main([*options, "--resume", "--epochs", "2"]) == 1
    assert f"was made with {message}" in capsys.readouterr().err
    assert path.read_bytes() == content
    network.write_text(FILE)
    assert main([*options, "--resume", "--epochs", "2"]) == 0
