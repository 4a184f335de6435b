"""Checkpoints that are wrong, from Python and on the command lines: one sentence, at once."""

import json

import numpy as np
import pytest
from safetensors.numpy import load, save

import lls_hw
from lls_hw.session.trained import Trained
from tests.session.test_wrong_input import X, Y, wrong


def test_checkpoints(golden, network, tmp_path):
    wrong("cannot be read", lls_hw.Model.load, tmp_path / "nothing", golden)
    (tmp_path / "text").write_text("no checkpoint")
    wrong("cannot be read", lls_hw.Model.load, tmp_path / "text", golden)
    model = lls_hw.Model(golden, network)
    wrong("cannot be written", model.save, tmp_path / "missing" / "run")
    model.save(tmp_path / "run")
    other = lls_hw.Network("other", (1, 6, 5), (lls_hw.Dense(9), lls_hw.Dense(3)))
    wrong(
        "was made with outputs 20 in layer 1, not 9",
        lls_hw.Model.load,
        tmp_path / "run",
        golden,
        other,
    )


DAMAGED = [
    ("not JSON", r"is damaged: its notes are no JSON \(Expecting value.*; choose another file"),
    ("", "its notes are no JSON"),
    ("[3]", "its notes are list and not a dictionary"),
    ({"seed": -1}, "its seed is -1 and not a whole number from 0"),
    ({"batch": "four"}, "its batch is 'four' and not a whole number from 1"),
    ({"epochs": True}, "its epochs is True and not a whole number"),
    ({"schedule": 3}, "its schedule is 3 and not a text"),
    ({"class_names": "abc"}, "its class_names is 'abc' and not a list of texts"),
    ({"class_names": ["a", None, "c"]}, "class names have None among them"),
    ({"class_names": list("abcd")}, "there are 4 class names; network 'rows' has 3"),
    ({"network": 3}, "its network is 3 and not a text"),
    ({"definition": [3]}, r"its definition is \[3\] and not a table"),
    ({"definition": {"input": 3}}, "damaged: network 'rows': layers is None; it must be a list;"),
    ({"step": np.array([], np.int64)}, r"tensor step has the shape \(0,\), not \(1,\)"),
    ({"step": np.array([-1])}, "the step is -1; it must be a whole number in 0..4294967295"),
    ({"shifts": np.array(3, np.int32)}, r"shifts has the shape \(\); it must have 1 dimen"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), DAMAGED)
def test_damaged_checkpoints(golden, network, tmp_path, change, message):
    """In Python and on the command lines."""
    path = tmp_path / "run"
    model = lls_hw.Model(golden, network)
    model.save(path)
    tensors = load(path.read_bytes())
    notes = change if isinstance(change, str) else json.dumps(
        model.meta | {key: value for key, value in change.items() if key not in tensors}
    )  # fmt: skip
    if isinstance(change, dict):
        tensors |= {key: value for key, value in change.items() if key in tensors}
    path.write_bytes(save(tensors, {"format": "lls-hw 1", "meta": notes}))
    wrong(message, lls_hw.Model.load, path, golden)
    wrong(message, Trained.of, path, None, "golden")


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        (None, "The model's notes are None; give a dictionary of JSON values"),
        ({"seed": 7}, "have an entry 'seed', which every checkpoint has; call it otherwise"),
        ({"images": 7}, "have an entry 'images'"),
        ({"array": X}, "cannot hold 'array', of type ndarray: JSON has no place for it"),
        ({"set": [{1, 2}]}, "cannot hold 'set', of type list"),
        ({"share": float("nan")}, "cannot hold 'share', of type float"),
        ({3: "three"}, "by texts, not by 3; rename it"),
    ],
)
def test_notes_that_checkpoints_cannot_hold(golden, network, tmp_path, notes, message):
    """Before an epoch is trained."""
    model = lls_hw.Model(golden, network)
    model.notes = notes
    wrong(message, model.save, tmp_path / "run")
    wrong(message, model.fit, X, Y, checkpoint=tmp_path / "run")
    assert model.epochs == 0 and not (tmp_path / "run").exists()
    model.notes = {"who": "me", "list": [1, {"a": 0.5}]}
    model.save(tmp_path / "run")
    assert lls_hw.Model.load(tmp_path / "run", golden).notes == model.notes
