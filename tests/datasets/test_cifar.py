"""CIFAR's two official formats, on small files."""

import pickle

import numpy as np
import pytest

from lls_hw.datasets.names import DataError, load_data

FILES = [f"data_batch_{k}" for k in range(1, 6)]


def images(seed, count=4):
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 32, 32), np.uint8)


def records(pixels, *columns):
    labels = np.stack(columns, axis=1).astype(np.uint8)
    return np.concatenate([labels, pixels.reshape(len(pixels), -1)], axis=1).tobytes()


def write_binary10(folder):
    folder.mkdir(parents=True)
    for seed, name in enumerate([*FILES, "test_batch"]):
        labels = np.arange(4) + seed
        (folder / f"{name}.bin").write_bytes(records(images(seed), labels))


def write_pickled10(folder):
    folder.mkdir(parents=True)
    for seed, name in enumerate([*FILES, "test_batch"]):
        content = {b"data": images(seed).reshape(4, -1), b"labels": list(range(seed, seed + 4)),
                   b"batch_label": b"x", b"filenames": [b"a"] * 4}  # fmt: skip
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize(
    "write, name",
    [(write_binary10, "cifar-10-batches-bin"), (write_pickled10, "cifar-10-batches-py")],
)
@pytest.mark.parametrize("place", ["", "cifar10"])
def test_cifar10(tmp_path, write, name, place):
    write(tmp_path / place / name)
    data = load_data("cifar10", tmp_path)
    assert (data.train_images == np.concatenate([images(k) for k in range(5)])).all()
    assert data.train_labels.tolist() == [k + i for k in range(5) for i in range(4)]
    assert (data.test_images == images(5)).all()
    assert data.test_labels.tolist() == [5, 6, 7, 8]
    assert data.classes == 10
    assert data.train_images.dtype == data.train_labels.dtype == np.uint8


def test_the_folder_itself_may_be_named(tmp_path):
    write_binary10(tmp_path / "cifar-10-batches-bin")
    assert len(load_data("cifar10", tmp_path / "cifar-10-batches-bin").test_labels) == 4


def test_cifar100_takes_the_fine_labels(tmp_path):
    binary, pickled = tmp_path / "a" / "cifar-100-binary", tmp_path / "b" / "cifar-100-python"
    for folder in (binary, pickled):
        folder.mkdir(parents=True)
    for seed, part in enumerate(("train", "test")):
        coarse, fine = np.arange(4), np.arange(4) + 90 + seed
        (binary / f"{part}.bin").write_bytes(records(images(seed), coarse, fine))
        content = {b"data": images(seed).reshape(4, -1), b"fine_labels": fine.tolist(),
                   b"coarse_labels": coarse.tolist()}  # fmt: skip
        (pickled / part).write_bytes(pickle.dumps(content, protocol=2))
    for folder in (tmp_path / "a", tmp_path / "b"):
        data = load_data("cifar100", folder)
        assert (data.train_images == images(0)).all() and (data.test_images == images(1)).all()
        assert data.train_labels.tolist() == [90, 91, 92, 93]
        assert data.test_labels.tolist() == [91, 92, 93, 94]
        assert data.classes == 100


def test_damaged_files(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    with pytest.raises(DataError, match="no folder cifar-10-batches-bin or cifar-10-batches-py"):
        load_data("cifar10", tmp_path)
    write_binary10(folder)
    file = folder / "data_batch_3.bin"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match="12,291 bytes, not a multiple of the 3,073"):
        load_data("cifar10", tmp_path)
    file.write_bytes(records(images(0), np.full(4, 10)))
    with pytest.raises(DataError, match="labels up to 10"):
        load_data("cifar10", tmp_path)
    file.unlink()
    with pytest.raises(DataError, match="data_batch_3.bin is missing"):
        load_data("cifar10", tmp_path)


def test_files_of_different_length(tmp_path):
    """One that ends early, between two images, is not taken for whole."""
    folder = tmp_path / "cifar-10-batches-bin"
    write_binary10(folder)
    (folder / "data_batch_4.bin").write_bytes(records(images(0)[:3], np.arange(3)))
    with pytest.raises(DataError, match="data_batch_4.bin has 3 images, data_batch_1.bin has 4"):
        load_data("cifar10", tmp_path)


class Malicious:
    def __reduce__(self):
        return print, ("executed",)


def test_a_pickle_cannot_run_code(tmp_path, capsys):
    folder = tmp_path / "cifar-10-batches-py"
    write_pickled10(folder)
    (folder / "data_batch_1").write_bytes(pickle.dumps(Malicious(), protocol=2))
    with pytest.raises(DataError, match="print"):
        load_data("cifar10", tmp_path)
    assert "executed" not in capsys.readouterr().out
