"""Checkpoint files from elsewhere: the first thing that is wrong is named."""

import numpy as np
import pytest
import torch
from safetensors import serialize
from safetensors.torch import save

from lls_hw.driver.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.state_check import checked_state
from lls_hw.network.network import Dense, Network, Training

NETWORK = Network("small", (1, 2, 3), (Dense(4), Dense(3)), Training(batch=4))
DEEP = "[" * 100_000 + "]" * 100_000


def good():
    """Tensors of a state of `NETWORK`."""
    return {
        "layers.0.weight": torch.zeros(6, 4, dtype=torch.int16),
        "layers.1.weight": torch.zeros(4, 3, dtype=torch.int16),
        "shifts": torch.tensor([14, 0], dtype=torch.int32),
        "step": torch.tensor([5]),
    }


def written(path, tensors, meta="{}", **more):
    """A file of these tensors, of which those that are None are left out."""
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    path.write_bytes(save(kept, {"format": "lls-hw 1", "meta": meta} | more))
    return path


def refused(path):
    """The sentence that says why."""
    with pytest.raises(CheckpointError) as caught:
        network_for(path, load_checkpoint(path), NETWORK)
    text = str(caught.value)
    assert text.startswith(f"The checkpoint {path}") and text.endswith(".") and "\n" not in text
    return text


def ones(*shape, dtype=torch.int16):
    return torch.ones(shape, dtype=dtype)


def test_the_good_one(tmp_path):
    path = written(tmp_path / "good", good())
    assert network_for(path, load_checkpoint(path), NETWORK) == NETWORK


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("layers.0.weight", None, "It has no tensor layers.0.weight"),
        ("layers.0.weight", ones(6, 4, dtype=torch.bfloat16), "has the type BF16, not int16"),
        ("layers.0.weight", ones(6, 4, dtype=torch.float16), "has the type F16, not int16"),
        ("layers.0.weight", ones(6, 4, dtype=torch.uint8), "has the type U8, not int16"),
        ("layers.1.weight", ones(4, 3, dtype=torch.int64), "has the type I64, not int16"),
        ("layers.1.weight", ones(12), "has the shape (12,); it must have 2 dimensions"),
        ("layers.1.weight", ones(), "has the shape (); it must have 2 dimensions"),
        ("layers.1.weight", ones(3, 4), "weights of layer 1 have the shape (3, 4)"),
        ("layers.1.weight", ones(4, 0), "weights of layer 1 have the shape (4, 0)"),
        ("layers.0.weight", ones(6, 4) * -32768, "layer 0 reach from -32768 to 0; they must lie"),
        ("layers.2.weight", ones(3, 2), "its tensor shifts has the shape (2,), not (3,)"),
        ("layers.3.weight", ones(3, 2), "it has no tensor layers.2.weight"),
        ("layers.-1.weight", ones(3, 2), "has a tensor 'layers.-1.weight', but 2 layers, none wi"),
        ("bias", ones(3), "has a tensor 'bias', but 2 layers, none with it"),
        ("a" * 300, ones(3), f"has a tensor '{'a' * 40}...'"),
        ("layers.0.velocity", ones(6, 4, dtype=torch.int32), "it has no tensor layers.1.velocity"),
        ("layers.2.velocity", ones(6, 4, dtype=torch.int32), "it has a tensor 'layers.2.velocity'"),
        ("layers.0.modulation", ones(3), "it has no tensor layers.1.modulation"),
        ("layers.0.channels", ones(4, 6), "it has no tensor layers.1.channels"),
        ("shifts", None, "it has no tensor shifts"),
        ("shifts", ones(2, dtype=torch.float32), "tensor shifts has the type F32, not int32"),
        ("shifts", ones(1, dtype=torch.int32), "tensor shifts has the shape (1,), not (2,)"),
        ("shifts", ones(3, dtype=torch.int32), "tensor shifts has the shape (3,), not (2,)"),
        ("shifts", ones(2, dtype=torch.int32) * 32, "shift of layer 0 is 32; it must be a whole"),
        ("shifts", ones(2, dtype=torch.int32) * -1, "shift of layer 0 is -1; it must be a whole"),
        ("step", None, "it has no tensor step"),
        ("step", torch.tensor(5), "tensor step has the shape (); it must have 1 dimensions"),
        ("step", ones(1, 1, dtype=torch.int64), "step has the shape (1, 1); it must have 1 dim"),
        ("step", torch.tensor([5, 6]), "tensor step has the shape (2,), not (1,)"),
        ("step", torch.tensor([1.5]), "tensor step has the type F32, not int64"),
        ("step", torch.tensor([float("nan")]), "tensor step has the type F32, not int64"),
        ("step", torch.tensor([2**32]), "step is 4294967296; it must be a whole number in 0..429"),
    ],
)
def test_tensors(tmp_path, name, tensor, message):
    path = written(tmp_path / "file", good() | {name: tensor})
    assert message.lower() in refused(path).lower()


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ("", "its notes are no JSON"),
        ("3", "its notes are int and not a dictionary"),
        ("null", "its notes are NoneType and not a dictionary"),
        ('{"a": NaN}', "its notes are no JSON (NaN is no number)"),
        ('{"a": -Infinity}', "its notes are no JSON (-Infinity is no number)"),
        (f'{{"a": {DEEP}}}', "its notes are no JSON (maximum recursion depth"),
        (f'{{"a": {"7" * 5000}}}', "its notes are no JSON (Exceeds the limit"),
        ('{"batch": 0}', "its batch is 0 and not a whole number from 1"),
        ('{"class_names": [3.5]}', "the class names have 3.5 among them"),
        ('{"class_names": ["a", "b", "c", "d"]}', "there are 4 class names; network 'small' has 3"),
        ('{"definition": {}}', "damaged: network 'None': layers is None"),
        ('{"definition": {"input": [1], "layers": [7]}}', "layer 1 is 7; it must be a table"),
    ],
)
def test_notes(tmp_path, meta, message):
    assert message in refused(written(tmp_path / "file", good(), meta))


def test_files_of_something_else(tmp_path):
    path = tmp_path / "file"
    for content in (b"", b"\0" * 8, b"no checkpoint", b"\xff" * 100, serialize({}, None)):
        path.write_bytes(content)
        with pytest.raises(CheckpointError):
            load_checkpoint(path)
    assert "it has no weights" in refused(written(path, {}))
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(tmp_path)


def kept(network):
    """The first state of a network as a checkpoint holds it, with velocities."""
    state = initial_state(network, 4, 0)
    state.velocities.extend(np.zeros(shape, np.int32) for shape in network.shapes)
    return state


MOVING = Network("small", (1, 2, 3), (Dense(4), Dense(3)), Training(batch=4, momentum_shift=3))
MODULATED = Network("small", (1, 2, 3), (Dense(4, modulation="vector"), Dense(3)))


@pytest.mark.parametrize(
    ("state", "network", "message"),
    [
        (initial_state(NETWORK, 4, 0), MOVING, "the network has velocities, but the state has no"),
        (kept(NETWORK), NETWORK, "the state has velocities, but the network has none"),
        (kept(MODULATED), NETWORK, "entries of the modulation of layer 0 have the shape (3,)"),
        (initial_state(NETWORK, 4, 0), MODULATED, "modulation of layer 0 have the shape (0,)"),
    ],
)  # fmt: skip
def test_states_of_networks_that_keep_other_things(tmp_path, state, network, message):
    """What a network has and a file lacks would silently start anew."""
    save_checkpoint(tmp_path / "file", state)
    with pytest.raises(CheckpointError) as caught:
        network_for(tmp_path / "file", load_checkpoint(tmp_path / "file"), network)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": None}, "weights are of type NoneType; give a list of arrays"),
        ({"weights": [[1], [2]]}, "weights of layer 0 are of type list; give an array"),
        ({"weights": [np.ones((6, 4)), np.ones((4, 3))]}, "layer 0 are float64; give integers"),
        ({"weights": [np.full((6, 4), 2**15), np.ones((4, 3), int)]}, "reach from 0 to 32768"),
        ({"shifts": [14]}, "shifts of 1 layers, but weights of 2"),
        ({"shifts": [14.0, 0]}, "shift of layer 0 is 14.0; it must be a whole number in 0..31"),
        ({"shifts": [14, True]}, "shift of layer 1 is True"),
        ({"step": -1}, "step is -1"),
        ({"step": "5"}, "step is '5'"),
        ({"velocities": [np.full((6, 4), 2**31), np.ones((4, 3), int)]}, "from 0 to 2147483648"),
    ],
)
def test_states_of_a_program(change, message):
    """One that a user makes is checked alike; integers of any type will do."""
    state = initial_state(NETWORK, 4, 0)
    wide = [values.astype(np.int64) for values in state.weights]
    assert checked_state(NETWORK, type(state)(wide, state.shifts)).weights[0] is wide[0]
    with pytest.raises(InputError) as caught:
        checked_state(NETWORK, type(state)(**{**vars(state), **change}))
    assert message in str(caught.value)


def test_wide_integers_are_saved_as_they_are_read(tmp_path):
    state = initial_state(NETWORK, 4, 0)
    wide = [values.astype(np.int64) for values in state.weights]
    save_checkpoint(tmp_path / "file", type(state)(wide, state.shifts))
    again = load_checkpoint(tmp_path / "file").weights
    assert [values.dtype for values in again] == [np.int16, np.int16]
    assert all((a == b).all() for a, b in zip(again, wide, strict=True))
    wide[0][0, 0] = 2**15
    with pytest.raises(InputError, match="reach from .* to 32768"):
        save_checkpoint(tmp_path / "file", type(state)(wide, state.shifts))
