"""ONNX Runtime computes the golden model's predictions and scores, to the last bit."""

import json

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def run(path, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["scores", "prediction"], {"images": images})


def agrees(trained, folder):
    path = folder / "net.onnx"
    trained.model.export(path)
    return trained.agrees(*run(path, trained.images))


def test_random_networks(random_network, tmp_path):
    assert agrees(random_network, tmp_path)


def test_packaged_networks(packaged_network, tmp_path):
    assert agrees(packaged_network, tmp_path)


def test_one_image_alone(everything, tmp_path):
    """The number of images is open."""
    path = tmp_path / "net.onnx"
    everything.model.export(path)
    scores, classes = run(path, everything.images[3:4])
    assert np.array_equal(scores, everything.scores[3:4]) and classes == everything.classes[3]


def test_what_the_model_says_of_itself(everything, tmp_path):
    path = tmp_path / "net.onnx"
    everything.model.export(path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    notes = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(notes["meaning"])["network"] == "all" == model.graph.name
    kinds = {onnx.TensorProto.DataType.Name(t.data_type) for t in model.graph.initializer}
    assert kinds == {"INT16", "INT64", "DOUBLE"}
    weights = [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.INT16]
    assert [tuple(t.dims) for t in weights] == everything.network.shapes
