"""Files from strangers: too large, damaged, hidden, renamed or half unpacked; one sentence each."""

import gzip
import hashlib
import io
import os
import struct
import zipfile

import numpy as np
import pytest

import lls_hw.datasets.archive
import lls_hw.datasets.idx
from lls_hw.datasets.arrays import as_images
from lls_hw.datasets.base import DataError
from lls_hw.datasets.download import SOURCES, Source, download
from lls_hw.datasets.names import load_data
from lls_hw.datasets.unlabelled import load_images
from tests.datasets.test_cifar import write_binary10
from tests.datasets.test_names import NAMES, idx, images, labels
from tests.tools.full_disk import full_disk

Image = pytest.importorskip("PIL.Image", reason="needs Pillow")
SHAPE = (1, 3, 5)
X = np.arange(300, dtype=np.uint8).reshape(20, 3, 5)
Y = np.arange(20) % 4


def refused(message, *arguments, load=load_data, **named):
    with pytest.raises(DataError, match=message) as caught:
        load(*arguments, **named)
    assert "\n" not in str(caught.value)


def npy(header, content=b""):
    """An .npy file with this header."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def head(shape, dtype="|u1"):
    return f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"


ARRAYS = [
    (npy(head("(20, 3, 5)")), "shape .20, 3, 5. in"),
    (npy(head("(99999999999, 3, 5)"), b"abc"), "shape .99999999999, 3, 5. in"),
    (npy(head("(-20, 3, 5)"), b"abc"), "shape .-20, 3, 5. in"),
    (npy(head("(20, 3, 5)", "|O")), "an array of objects|Invalid"),
    (npy(head("(2,)", "<U0")), "texts|is no array|no image|must be 1 x 3 x 5"),
    (npy(head("'x'")), "shape"),
    (npy("__import__('os').system('true')"), "malformed|header"),
    (npy("[" * 5000), "header|nested|parse|multi-line"),
    (b"\x93NUMPY\x09\x00" + bytes(20), "version 9.0"),
    (b"\x93NUM", "magic|EOF|reading"),
    (b"", "magic|EOF|reading"),
]


@pytest.mark.parametrize(("content", "message"), ARRAYS)
def test_arrays(tmp_path, content, message):
    """Alone and in an archive."""
    (tmp_path / "a.npy").write_bytes(content)
    refused(message, tmp_path / "a.npy", load=load_images, shape=SHAPE)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
        archive.writestr("y.npy", content)
    refused(message, tmp_path / "a.npz", load=load_images, shape=SHAPE)
    refused(message, tmp_path / "a.npz", shape=SHAPE)


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    """Its size is known before it is unpacked."""
    monkeypatch.setattr(lls_hw.datasets.archive, "memory", lambda: 1 << 20)
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((1 << 20, 3, 5), np.uint8), y=Y)
    assert (tmp_path / "a.npz").stat().st_size < 100_000
    refused("an array of 15,728,640 bytes, more than half of the memory", tmp_path / "a.npz")
    refused("more than half of the memory", tmp_path / "a.npz", load=load_images, shape=SHAPE)


def test_only_what_is_needed_is_read(tmp_path):
    """Other arrays of an archive may be anything, and its members may be damaged."""
    np.savez(tmp_path / "a.npz", x=X, y=Y, more=np.array([None, {}]))
    assert load_data(tmp_path / "a.npz").classes == 4
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(X.tobytes()) + 7] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    refused("CRC", tmp_path / "a.npz")


@pytest.mark.parametrize("seed", range(60))
def test_damaged_archives(tmp_path, seed):
    """Some bytes of a good one changed: the data, other data, or one sentence."""
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    np.savez(file, x=X, y=Y)
    content = bytearray(file.getvalue())
    for place in rng.integers(0, len(content), 3):
        content[place] = rng.integers(256)
    (tmp_path / "a.npz").write_bytes(content)
    try:
        load_data(tmp_path / "a.npz", shape=SHAPE)
    except DataError as error:
        assert "\n" not in str(error)


@pytest.fixture
def mnist(tmp_path):
    for part, count in (("train", 20), ("t10k", 8)):
        for name, array in zip(NAMES[part], (images(count), labels(count)), strict=True):
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    return tmp_path


@pytest.mark.parametrize("kept", ["{}.gz", "{}", "dotted"])
def test_files_that_a_browser_unpacked(mnist, kept):
    """With the name that they had, without its suffix, or with a dot in it."""
    for name in [name for names in NAMES.values() for name in names]:
        content = gzip.decompress((mnist / f"{name}.gz").read_bytes())
        (mnist / f"{name}.gz").unlink()
        new = name.replace("-idx", ".idx") if kept == "dotted" else kept.format(name)
        (mnist / new).write_bytes(content)
    assert (load_data("mnist", mnist).train_images == images(20)[:, None]).all()


def test_idx_files_that_would_fill_the_memory(mnist, monkeypatch):
    file = mnist / "train-images-idx3-ubyte.gz"
    header = struct.pack(">4I", 0x803, 60_000, 28, 28)
    file.write_bytes(gzip.compress(header + bytes(1 << 26)))
    refused("has at least 47,040,001 bytes of data; its header promises 47,040,000", "mnist", mnist)
    monkeypatch.setattr(lls_hw.datasets.idx, "memory", lambda: 1 << 20)
    refused("promises 47,040,000 bytes, more than half of the memory", "mnist", mnist)
    file.write_bytes(gzip.compress(struct.pack(">4I", 0x803, *[2**32 - 1] * 3)))
    refused("promises 79,228,162,458,924,105,385,300,197,375 bytes", "mnist", mnist)


def picture(path, size=(6, 5), mode="RGB", colour=200):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour if mode != "RGB" else (colour,) * 3).save(path, format="PNG")


LITTER = [".DS_Store", "._a.png", ".hidden/a.png", "__MACOSX/._a.png", "@eaDir/a.png",
          ".ipynb_checkpoints/a-checkpoint.png"]  # fmt: skip


def litter(folder):
    for name in LITTER:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"litter")


def test_what_systems_leave_behind(tmp_path):
    """It is neither a class nor a picture, in all kinds of folders."""
    for part in ("train", "val"):
        for number, name in enumerate(("n01440764", "n02102040")):
            for k in range(2):
                picture(
                    tmp_path / "imagenette2-160" / part / name / f"{k}.JPEG", colour=90 * number
                )
            litter(tmp_path / "imagenette2-160" / part / name)
        litter(tmp_path / "imagenette2-160" / part)
    data = load_data("imagenette", tmp_path, size=4)
    assert (data.classes, data.train_labels.tolist()) == (2, [0, 0, 1, 1])
    own = load_data(tmp_path / "imagenette2-160", shape=SHAPE)
    assert own.class_names == ("n01440764", "n02102040") and len(own.test_labels) == 4
    found = load_images(tmp_path / "imagenette2-160" / "train", shape=SHAPE)
    assert found.names == [f"{name}/{k}.JPEG" for name in own.class_names for k in range(2)]


def test_a_class_without_pictures(tmp_path):
    """Empty in both parts, it would be a class, and all labels after it would be others."""
    for part in ("train", "val"):
        picture(tmp_path / "imagenette2-160" / part / "n02102040" / "0.JPEG")
        (tmp_path / "imagenette2-160" / part / "n01440764").mkdir()
    refused("There are no images in .*train/n01440764", "imagenette", tmp_path)


def test_a_missing_picture_of_imagenette(tmp_path):
    """The archive has a list of all."""
    root = tmp_path / "imagenette2-160"
    names = [f"{part}/n01440764/{k}.JPEG" for part in ("train", "val") for k in range(3)]
    for name in names:
        picture(root / name)
    rows = ["path,noisy_labels_0", *(f"{name},n01440764" for name in names)]
    (root / "noisy_imagenette.csv").write_text("\n".join(rows) + "\n")
    assert len(load_data("imagenette", tmp_path, size=4).train_labels) == 3
    (root / names[4]).unlink()
    refused("val/n01440764/1.JPEG is missing, which noisy_imagenette.csv lists", "imagenette",
            tmp_path)  # fmt: skip


@pytest.fixture
def tiny(tmp_path):
    """TinyImageNet with two classes."""
    root, lines = tmp_path / "tiny-imagenet-200", []
    for number, name in enumerate(("n02", "n01")):
        boxes = []
        for k in range(3):
            picture(root / "train" / name / "images" / f"{name}_{k}.JPEG")
            boxes.append(f"{name}_{k}.JPEG\t0\t0\t5\t5")
        (root / "train" / name / f"{name}_boxes.txt").write_text("\n".join(boxes))
        picture(root / "val" / "images" / f"val_{number}.JPEG", colour=100 * number)
        lines.append(f"val_{number}.JPEG\t{name}\t0\t0\t5\t5")
    (root / "val" / "val_annotations.txt").write_text("\n".join(lines))
    (root / "wnids.txt").write_text("n02\nn01\n")
    return tmp_path


def test_a_missing_picture_of_tinyimagenet(tiny):
    root = tiny / "tiny-imagenet-200"
    (root / "val/images/val_1.JPEG").rename(root / "val_1.JPEG")
    refused("val_1.JPEG is missing, which val_annotations.txt lists", "tinyimagenet", tiny)
    (root / "val_1.JPEG").rename(root / "val/images/val_1.JPEG")
    (root / "train/n01/images/n01_1.JPEG").unlink()
    refused("n01_1.JPEG is missing, which n01_boxes.txt lists", "tinyimagenet", tiny)


@pytest.mark.parametrize("inner", ["images", ""])
def test_a_validation_folder_that_was_sorted(tiny, inner):
    """As scripts of others leave it: a folder for each class."""
    before = load_data("tinyimagenet", tiny)
    root = tiny / "tiny-imagenet-200" / "val"
    for number, name in enumerate(("n02", "n01")):
        (root / name / inner).mkdir(parents=True)
        file = f"val_{number}.JPEG"
        (root / "images" / file).rename(root / name / inner / file)
    (root / "images").rmdir()
    data = load_data("tinyimagenet", tiny)
    order = np.argsort(before.test_labels)
    assert data.test_labels.tolist() == before.test_labels[order].tolist() == [0, 1]
    assert (data.test_images == before.test_images[order]).all()


def test_a_damaged_cache_of_pictures(tiny):
    """It is made again."""
    before = load_data("tinyimagenet", tiny).train_images.copy()
    for file in (tiny / "tiny-imagenet-200").glob("*.npy"):
        for content in (b"", b"damaged", file.read_bytes()[:-9], npy(head("(1, 2)"), b"ab")):
            file.unlink()  # what is mapped into memory must not change
            file.write_bytes(content)
            assert (load_data("tinyimagenet", tiny).train_images == before).all()


def test_pictures(tmp_path):
    """Damaged in any way, too large, too narrow, of 16 bits."""
    good = tmp_path / "good.png"
    picture(good, (40, 30))
    content = good.read_bytes()
    for place in range(8, len(content)):
        (tmp_path / "bad.png").write_bytes(content[:place] + bytes([content[place] ^ 255]) +
                                           content[place + 1 :])  # fmt: skip
        try:
            load_images(tmp_path / "bad.png", shape=SHAPE)
        except DataError as error:
            assert "\n" not in str(error)
    large = b"P5 60000 60000 255\n"
    (tmp_path / "large.pgm").write_bytes(large)
    refused("large.pgm is not an image", tmp_path / "large.pgm", load=load_images, shape=SHAPE)
    picture(tmp_path / "narrow.png", (1, 60_000))
    refused("1 x 60000 pixels, too narrow", tmp_path / "narrow.png", load=load_images,
            shape=(3, 160, 160))  # fmt: skip
    deep = np.array([[0, 256, 32768, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    found = load_images(tmp_path / "deep.png", shape=(1, 1, 4))
    assert found.images.reshape(-1).tolist() == [0, 1, 128, 255]


def test_channels_last_where_the_network_has_them_first(tmp_path):
    """`input = [6, 5, 1]` for images of 6 x 5 pixels would take their rows for channels."""
    grey = X.reshape(10, 6, 5, 1)
    with pytest.raises(DataError, match=r"its input should be \[1, 6, 5\]; if it is right, say"):
        as_images(grey, (6, 5, 1))
    np.savez(tmp_path / "a.npz", images=grey, labels=Y[:10])
    refused(r"its input should be \[1, 6, 5\]", tmp_path / "a.npz", shape=(6, 5, 1))
    assert as_images(grey, (6, 5, 1), "first").shape == (10, 6, 5, 1)
    assert as_images(grey, (1, 6, 5)).shape == (10, 1, 6, 5)


def packed(folder):
    """CIFAR-10 as an archive, and its source."""
    write_binary10(folder / "made" / "cifar-10-batches-bin")
    path = folder / "cifar.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((folder / "made").rglob("*.bin")):
            archive.write(file, file.relative_to(folder / "made"))
    return Source(path.as_uri(), hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest())


def test_an_interrupted_unpacking_is_done_again(tmp_path, monkeypatch):
    """Without a download, what it left is refused: files would be missing."""
    monkeypatch.setitem(SOURCES, "cifar10", (packed(tmp_path),))
    data = tmp_path / "data"
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "extractall", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_data("cifar10", data, download=True)
    assert (data / "cifar10" / "cifar-10-batches-bin" / "test_batch.bin").exists()
    refused("cifar.zip was not unpacked completely; load it with download=True", "cifar10", data)
    assert len(load_data("cifar10", data, download=True).train_labels) == 20
    assert len(load_data("cifar10", data).train_labels) == 20


def interrupted(archive, path):
    """Some files, then Ctrl-C."""
    archive.extract("cifar-10-batches-bin/test_batch.bin", path)
    raise KeyboardInterrupt


def test_a_full_disk_while_downloading(tmp_path, monkeypatch):
    """Nothing is left, and a link in the way is not written through."""
    monkeypatch.setitem(SOURCES, "cifar10", (packed(tmp_path),))
    with full_disk(1000):
        refused("cannot be downloaded", "cifar10", tmp_path / "data", download=True)
    assert list((tmp_path / "data" / "cifar10").iterdir()) == []
    download("cifar10", tmp_path / "data" / "cifar10")
    assert not [name for name in os.listdir(tmp_path / "data" / "cifar10") if "partial" in name]
