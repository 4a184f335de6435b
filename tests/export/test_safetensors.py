"""The safetensors file alone says all that somebody else needs for inference."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch.nn import functional

import lls_hw
from lls_hw.driver.checkpoint import CheckpointError, load_checkpoint


def read(path):
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return tensors, json.loads(file.metadata()["meaning"])


def infer(path, pixels):
    """Probabilities in float64, by nothing but the file: (N, C, H, W) pixels to (N, K)."""
    tensors, meaning = read(path)
    given = meaning["input"]
    offset = int(given["integer"].rsplit("-", 1)[1])
    scale = given["scale"]
    x = torch.tensor(pixels / 255 - offset * scale)
    for layer in meaning["layers"]:
        x, scale = forward(layer, tensors, x, scale)
    return torch.softmax(x, dim=1).numpy()


def forward(layer, tensors, x, scale):
    """Real outputs (N, C, H, W) of a layer, and the value of their unit; logits at the end."""
    weight = layer["weight"]
    kernel = [*layer["kernel"], layer["input"][2], layer["outputs"]]
    w = torch.tensor(tensors[weight["tensor"]] * weight["scale"]).reshape(kernel)
    z = functional.conv2d(
        x, w.permute(3, 2, 0, 1), stride=layer["stride"], padding=layer["padding"]
    )
    if layer["output"].get("kind") == "logits":
        sums = z[:, :, 0, 0] / (scale * weight["scale"])
        return sums * 2.0 ** -layer["shift"] * layer["output"]["scale"], 0
    activation = layer["activation"]
    h = functional.leaky_relu(z, activation["negative_slope"])
    unit = activation["scale"]
    h = h.clamp(-127 * unit, 127 * unit)
    then = layer.get("then", {"kind": "none"})
    if then["kind"] == "max_pool":
        h = functional.max_pool2d(h, then["kernel"], then["stride"])
    if then["kind"] == "sums of cells":
        rows, columns = then["cells"]
        area = h.shape[2] // rows * (h.shape[3] // columns)
        h = functional.adaptive_avg_pool2d(h, (rows, columns)) * area
        unit *= 2.0 ** then["shift"]
    if "normalisation" in layer:
        shift, mean = (torch.tensor(tensors[layer["normalisation"][k]]) for k in ("shift", "mean"))
        integers = h / unit * 2.0 ** (4 - shift[:, None, None].double()) - mean[:, None, None] / 2
        unit = layer["output"]["scale"]
        h = integers.clamp(-127, 127) * unit
    return h, layer["output"]["scale"]


def bright(network, rng, count):
    """Images of each class with a bright spot of its own."""
    labels = rng.integers(0, network.classes, count)
    images = rng.integers(0, 90, (count, *network.input)).astype(np.uint8)
    rows = np.array_split(np.arange(network.input[1]), network.classes)
    for image, label in zip(images, labels, strict=True):
        image[:, rows[label]] += 130
    return images, labels


PLAIN = lls_hw.Network(
    "plain", (2, 8, 8),
    (
        lls_hw.Conv(outputs=24, cells=2, pool=True),
        lls_hw.Conv(outputs=20, cells=2, average=True),
        lls_hw.Dense(24),
        lls_hw.Dense(4),
    ),
)  # fmt: skip
CASES = {
    "plain": PLAIN,
    "normalise": lls_hw.Network(
        "n", (2, 8, 8), PLAIN.layers, lls_hw.Training(step="channel"), normalise=True, offset=30
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_meaning_is_enough_for_inference(name, tmp_path):
    """Without the integers' rounding: probabilities within a few per cent."""
    network, rng = CASES[name], np.random.default_rng(3)
    images, labels = bright(network, rng, 640)
    model = lls_hw.Model(lls_hw.Board("golden"), network)
    model.fit(images, labels, epochs=8, channels="first")
    model.export(tmp_path / "net.safetensors")
    expected = model.scores(images[:200], channels="first")
    found = infer(tmp_path / "net.safetensors", images[:200])
    assert (expected.argmax(1) == labels[:200]).mean() > 0.9
    assert (found.argmax(1) == expected.argmax(1)).mean() > 0.97
    assert np.abs(found - expected).mean() < 0.01


def test_tensors_are_the_states(everything, tmp_path):
    path = tmp_path / "net.safetensors"
    everything.model.export(path)
    tensors, meaning = read(path)
    for index, weight in enumerate(everything.state.weights):
        assert np.array_equal(tensors[f"layers.{index}.weight"], weight)
    for index in (0, 2):
        name = meaning["layers"][index]["vote"]["modulation"]["tensor"]
        assert np.array_equal(tensors[name], everything.state.modulations[index])
    kinds = {name.split(".")[2]: str(array.dtype) for name, array in tensors.items()}
    assert kinds == {
        "weight": "int16", "normalisation_shift": "int8", "normalisation_mean": "int32",
        "basis": "int8", "modulation": "int16",
    }  # fmt: skip
    assert [layer["kind"] for layer in meaning["layers"]] == [
        "convolution", "convolution", "fully connected", "fully connected"
    ]  # fmt: skip


def test_it_is_no_checkpoint(everything, tmp_path):
    everything.model.export(tmp_path / "net.safetensors")
    with pytest.raises(CheckpointError, match="is not a checkpoint of this version"):
        load_checkpoint(tmp_path / "net.safetensors")


def test_class_names_are_kept(tmp_path):
    network = lls_hw.Network("names", [1, 3, 3], [lls_hw.Dense(2)])
    board = lls_hw.Board("golden")
    for names in (("cat", "dog"), ()):
        lls_hw.Model(board, network, class_names=names).export(tmp_path / "net.safetensors")
        assert read(tmp_path / "net.safetensors")[1]["class_names"] == list(names)
