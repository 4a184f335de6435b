"""Files from strangers: checkpoints and data."""

import gzip
import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import save

import lls_hw
from lls_hw.driver.checkpoint import load_checkpoint, save_checkpoint
from lls_hw.driver.initial import initial_state
from lls_hw.network.file import load_network
from tests.fuzz.damage import damaged
from tests.fuzz.outcome import result_of

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 1, 4, 4), np.uint8)
LABELS = np.arange(12) % 3
BATCH = pickle.dumps(
    {b"data": RNG.integers(0, 256, (4, 3072), np.uint8), b"labels": [0, 1, 2, 9]}, protocol=2
)
"""The file format of CIFAR-10."""
DTYPES = ("u1", "i1", "i2", "i4", "i8", "f4", "f8", "?")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "run.safetensors"
    save_checkpoint(path, initial_state(load_network("digits"), 8, 0))
    return path.read_bytes()


def idx(array):
    """The file format of MNIST."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def npz(**content):
    file = io.BytesIO()
    np.savez(file, **content)
    return file.getvalue()


def csv():
    rows = [
        ",".join(map(str, [label, *image.ravel()]))
        for label, image in zip(LABELS, IMAGES, strict=True)
    ]
    head = ",".join(["label", *(f"pixel{k}" for k in range(16))])
    return "\n".join([head, *rows]).encode()


def assert_data(data):
    """Images, classes and sizes belong together."""
    if data is None:
        return
    for images, labels in (
        (data.train_images, data.train_labels), (data.test_images, data.test_labels)
    ):  # fmt: skip
        assert images.dtype == np.uint8 and len(images) == len(labels)
        assert images.shape[1:] == data.train_images.shape[1:]
        assert not len(labels) or 0 <= labels.min() <= labels.max() < data.classes


@given(st.data())
def test_damaged_checkpoints(tmp_path, checkpoint, data):
    path = tmp_path / "run.safetensors"
    path.write_bytes(data.draw(damaged(checkpoint)))
    result_of(lambda: load_checkpoint(path))


NAMES = st.sampled_from(
    ("layer0.weight", "layer1.weight", "shifts", "step", "layer0.velocity", "x")
)
NOTES = st.sampled_from(("lls-hw 1", "{}", "[]", '{"network": 3}', "{", ""))
TENSORS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays.arrays(np.dtype(dtype), arrays.array_shapes(min_dims=0, max_side=5))
)


@given(
    st.dictionaries(NAMES, TENSORS, max_size=4),
    st.dictionaries(st.sampled_from(("format", "meta", "x")), NOTES, max_size=3),
)
def test_checkpoints_of_any_tensors(tmp_path, tensors, metadata):
    path = tmp_path / "run.safetensors"
    path.write_bytes(save(tensors, metadata))
    state = result_of(lambda: load_checkpoint(path))
    if state is not None:
        save_checkpoint(path, state)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.npz", npz(images=IMAGES, labels=LABELS)),
        ("mine.npz", npz(images=IMAGES, labels=LABELS, class_names=np.array(["a", "b", "c"]))),
        ("mine.csv", csv()),
    ],
)
@given(data=st.data())
def test_damaged_data(tmp_path, name, content, data):
    path = tmp_path / name
    path.write_bytes(data.draw(damaged(content)))
    assert_data(result_of(lambda: lls_hw.load_data(str(path))))


@given(TENSORS, TENSORS)
def test_arrays_of_any_kind(tmp_path, images, labels):
    path = tmp_path / "mine.npz"
    path.write_bytes(npz(images=images, labels=labels))
    assert_data(result_of(lambda: lls_hw.load_data(str(path))))


@pytest.mark.parametrize("packed", [False, True])
@given(data=st.data())
def test_damaged_idx(tmp_path, packed, data):
    for part, count in (("train", 12), ("t10k", 6)):
        for name, array in (("images-idx3", IMAGES[:count, 0]), ("labels-idx1", LABELS[:count])):
            content = data.draw(st.one_of(st.just(idx(array)), damaged(idx(array))))
            content = gzip.compress(content, mtime=0) if packed else content
            path = tmp_path / f"{part}-{name}-ubyte{'.gz' * packed}"
            path.write_bytes(data.draw(damaged(content)) if packed else content)
    assert_data(result_of(lambda: lls_hw.load_data("mnist", tmp_path)))


@given(data=st.data())
def test_damaged_pickles(tmp_path, data):
    (tmp_path / "cifar-10-batches-py").mkdir(exist_ok=True)
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        changed = data.draw(st.booleans())
        content = data.draw(damaged(BATCH)) if changed else BATCH
        (tmp_path / "cifar-10-batches-py" / name).write_bytes(content)
    assert_data(result_of(lambda: lls_hw.load_data("cifar10", tmp_path)))
