"""Data sets: what is read, and what damaged files say."""

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

import lls_hw.datasets.idx
from lls_hw.datasets.names import DATA_DIR_VARIABLE, DataError, load_data
from lls_hw.datasets.preprocess import quantise

NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "t10k": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def idx(array):
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def images(count, size=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size), np.uint8)


def labels(count):
    return (np.arange(count) % 10).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    for part, count in (("train", 20), ("t10k", 8)):
        image_name, label_name = NAMES[part]
        (tmp_path / f"{image_name}.gz").write_bytes(gzip.compress(idx(images(count))))
        (tmp_path / f"{label_name}.gz").write_bytes(gzip.compress(idx(labels(count))))
    return tmp_path


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_official_files(folder, name):
    data = load_data(name, folder)
    assert (data.train_images == images(20)[:, None]).all()
    assert (data.train_labels == labels(20)).all()
    assert data.test_images.shape == (8, 1, 4, 4)
    assert data.test_labels.shape == (8,)
    assert data.classes == 10
    assert data.train_images.dtype == data.test_labels.dtype == np.uint8


def summed(content):
    return hashlib.sha256(content).hexdigest()


def test_files_of_the_other_data_set(folder, monkeypatch):
    """Both have the same names; each file alone tells, compressed or not."""
    for number, part in enumerate(NAMES):
        for content in (images((20, 8)[number]), labels((20, 8)[number])):
            monkeypatch.setattr(lls_hw.datasets.idx, "PUBLISHED", {summed(content): "mnist"})
            load_data("mnist", folder)
            kind = "images" if content.ndim > 1 else "labels"
            said = (
                rf"/{part}-{kind}-idx\d-ubyte.gz is a file of mnist and not of fashion-mnist; name"
            )
            with pytest.raises(DataError, match=said) as caught:
                load_data("fashion_mnist", folder)
            assert str(caught.value).endswith("with --data-dir, or the data set mnist.")


@pytest.mark.parametrize("name, other", [("mnist", "fashion-mnist"), ("fashion-mnist", "mnist")])
def test_published_files(name, other):
    """The sums are those of the real files, where somebody has them."""
    root = Path(os.environ.get(DATA_DIR_VARIABLE, "."))
    if not (root / name).is_dir():
        pytest.skip(f"no folder {name} in that of {DATA_DIR_VARIABLE}")
    assert len(load_data(name, root).train_labels) == 60000
    with pytest.raises(DataError, match=f"is a file of {name} and not of {other}"):
        load_data(other, root / name)


def test_unpacked_files(folder):
    for file in list(folder.iterdir()):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert (load_data("mnist", folder).train_images == images(20)[:, None]).all()


def test_folder_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder))
    assert len(load_data("mnist").test_labels) == 8


def test_digits_have_a_fixed_split():
    data = load_data("digits")
    assert data.train_images.shape == (1438, 1, 8, 8)
    assert data.test_images.shape == (359, 1, 8, 8)
    assert data.train_images.max() == 255
    assert set(data.train_labels) == set(data.test_labels) == set(range(10))
    assert (load_data("digits").test_images == data.test_images).all()


IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"


def damage_truncate(content):
    return content[: len(content) // 2]


def damage_flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


DAMAGES = {
    "truncated gzip": (IMAGES, damage_truncate, "is damaged"),
    "flipped byte": (IMAGES, damage_flip, "is damaged"),
    "not gzip": (IMAGES, lambda _: b"<html>not found</html>", "0x3c68746d, not 0x803"),
    "empty": (IMAGES, lambda _: b"", "has only 0 bytes"),
    "short header": (IMAGES, lambda _: gzip.compress(b"\0\0\x08\x03"), "has only 4 bytes"),
    "labels for images": (IMAGES, lambda _: gzip.compress(idx(labels(99))), "0x801, not 0x803"),
    "short data": (IMAGES, lambda _: gzip.compress(idx(images(20))[:-7]), "313 bytes.*320"),
    "long data": (IMAGES, lambda _: gzip.compress(idx(images(20)) + b"x"), "321 bytes.*320"),
    "lying header": (
        IMAGES,
        lambda _: gzip.compress(struct.pack(">4I", 0x803, *[2**32 - 1] * 3)),
        "promises 79,228,162,458,924,105,385,300,197,375 bytes, more than half of the memory",
    ),
    "fewer labels": (LABELS, lambda _: gzip.compress(idx(labels(19))), "20 images but .* 19"),
    "wrong label": (LABELS, lambda _: gzip.compress(idx(labels(20) * 0 + 10)), "the label 10"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files(folder, damage):
    name, change, message = DAMAGES[damage]
    file = folder / name
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(DataError, match=message):
        load_data("mnist", folder)


def test_no_images(folder):
    (folder / IMAGES).write_bytes(gzip.compress(idx(images(0))))
    (folder / LABELS).write_bytes(gzip.compress(idx(labels(0))))
    with pytest.raises(DataError, match="holds no images"):
        load_data("mnist", folder)


def test_sizes_that_differ(folder):
    name = NAMES["t10k"][0] + ".gz"
    (folder / name).write_bytes(gzip.compress(idx(images(8, size=5))))
    with pytest.raises(DataError, match="4x4 and the test images 5x5"):
        load_data("mnist", folder)


def test_missing_file(folder):
    (folder / LABELS).unlink()
    with pytest.raises(DataError, match=r"neither train-labels-idx1-ubyte\.gz nor"):
        load_data("mnist", folder)


def test_no_folder(monkeypatch):
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    with pytest.raises(DataError, match="--data-dir"):
        load_data("mnist")


def test_unknown_name():
    with pytest.raises(DataError, match=r"no data set 'cifar'; choose one of digits, mnist"):
        load_data("cifar")


def test_preprocessing():
    pixels = np.arange(256, dtype=np.uint8).reshape(2, 1, 8, 16)
    inputs = quantise(pixels)
    assert inputs.shape == (2, 128)
    assert inputs.dtype == np.int8
    halves = [min((p + 1) // 2, 127) for p in range(256)]
    assert inputs.reshape(-1).tolist() == halves
    centred = quantise(pixels, 127)
    assert centred.dtype == np.int8
    assert centred.reshape(-1).tolist() == [half - 127 for half in halves]
