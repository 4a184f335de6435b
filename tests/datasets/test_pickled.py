"""The official pickles are read; whatever else a pickle may do is refused, at once."""

import pickle
import pickletools
import struct

import numpy as np
import pytest

from lls_hw.datasets.names import DataError, load_data
from lls_hw.datasets.pickled import PickleError, read_pickle
from tests.datasets.test_cifar import images, write_pickled10

PIXELS = images(1).reshape(4, -1)


def official():
    """As Python 2 wrote the published files: texts are byte strings."""
    long, short = (
        lambda data: b"T" + struct.pack("<I", len(data)) + data,
        lambda data: b"U" + bytes([len(data)]) + data,
    )
    return b"".join([
        b"\x80\x02}q\x01(", short(b"batch_label"), b"q\x02", short(b"training batch 1 of 5"),
        b"q\x03", short(b"labels"), b"q\x04]q\x05(K\x06K\x09K\x09K\x04e", short(b"data"),
        b"q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85",
        short(b"b"), b"\x87Rq\x09(K\x01K\x04M\x00\x0c\x86cnumpy\ndtype\nq\x0a", short(b"u1"),
        b"K\x00K\x01\x87Rq\x0b(K\x03", short(b"|"), b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89", long(PIXELS.tobytes()), b"tb", short(b"filenames"), b"q\x0c](", short(b"a.png"),
        b"h\x02eu.",
    ])  # fmt: skip


def test_the_published_layout():
    found = read_pickle(official())
    assert (found[b"data"] == PIXELS).all() and found[b"data"].dtype == np.uint8
    assert found[b"labels"] == [6, 9, 9, 4]
    assert found[b"batch_label"] == b"training batch 1 of 5"
    assert found[b"filenames"] == [b"a.png", b"batch_label"]


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_what_python_3_writes(protocol):
    content = {"data": np.asfortranarray(PIXELS), "labels": [1, 300, 70000], "more": (True, None)}
    found = read_pickle(pickle.dumps(content, protocol))
    assert (found[b"data"] == PIXELS).all()
    assert found[b"labels"] == [1, 300, 70000] and found[b"more"] == (True, None)


def bomb():
    """A text of a million letters, encoded a thousand times: a gigabyte of a megabyte."""
    call = b"c_codecs\nencode\n"
    once = call + b"h\x01h\x02\x86Rq\x03"
    return b"\x80\x02" + b"".join(
        [b"X", struct.pack("<I", 10**6), b"a" * 10**6, b"q\x01X\x06\0\0\0latin1q\x02}",
         once * 1000, b"."]
    )  # fmt: skip


def shared():
    """Lists in lists, each twice in the next: as a tree, 2**60 of them."""
    nest = []
    for _ in range(60):
        nest = [nest, nest]
    return nest


class Calls:
    def __init__(self, *what):
        self.what = what

    def __reduce__(self):
        return self.what


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "pickle exhausted"),
        (official()[:-1], "exhausted"),
        (official()[:2000], "expected"),
        (b"\x80\x02K\x01.", "holds a int and no dictionary"),
        (b"\x80\x02}}.", "too many values"),
        (b"\x80\x02e.", "pop from empty list"),
        (b"\x80\x02h\x07.", "7"),
        (b"(dp0\nS'a'\nI1\ns.", "instruction DICT"),
        (pickle.dumps({"a": Calls(print, ("x",))}, 2), "it calls __builtin__.print"),
        (pickle.dumps({"a": Calls(print, ("x",))}, 4), "it calls builtins.print"),
        (pickle.dumps({"a": np.ones(3)}, 2), "an array that is not one of bytes"),
        (pickle.dumps({"a": np.array([None, {}])}, 2), "an array that is not one of bytes"),
        (pickle.dumps({"a": 2**100}, 2), "instruction LONG1"),
        (pickle.dumps({"a": 1.5}, 2), "instruction BINFLOAT"),
        (pickle.dumps({1: 2}, 2), "a dictionary whose keys are no texts"),
        (pickle.dumps({(1, 2): 2}, 2), "a dictionary whose keys are no texts"),
        (official().replace(b"M\x00\x0c", b"M\x00\x0d"), "shape and content do not match"),
        (official().replace(b"K\x04M", b"J\xff\xff\xff\xffM"), "do not match"),
        (bomb(), "it makes more of its texts than it has"),
    ],
)
def test_other_pickles(content, message):
    with pytest.raises(PickleError, match=message):
        read_pickle(content)


def test_numbers_are_what_pickletools_says():
    """Every instruction that is known is one of Python's."""
    from lls_hw.datasets.pickled import _STEPS

    assert _STEPS.keys() <= {opcode.name for opcode in pickletools.opcodes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({b"data": None}, "it has no array of images"),
        ({b"data": PIXELS[:, :-1]}, "it has no array of images"),
        ({b"data": PIXELS.reshape(4, 3, 32, 32)}, "it has no array of images"),
        ({b"data": PIXELS.astype(float)}, "an array that is not one of bytes"),
        ({b"labels": None}, "it has no list of labels"),
        ({b"labels": shared()}, "it has no list of labels"),
        ({b"labels": [0, 1, 2, 256]}, "it has no list of labels"),
        ({b"labels": [0, 1, 2, True]}, "it has no list of labels"),
        ({b"labels": [0, 1, 2]}, "has 4 images but 3 labels"),
    ],
)
def test_cifar_files_with_other_content(tmp_path, change, message):
    write_pickled10(tmp_path / "cifar-10-batches-py")
    content = {b"data": PIXELS, b"labels": [0, 1, 2, 3]} | change
    (tmp_path / "cifar-10-batches-py" / "data_batch_2").write_bytes(pickle.dumps(content, 2))
    with pytest.raises(DataError, match=f"data_batch_2 .*{message}"):
        load_data("cifar10", tmp_path)


@pytest.mark.parametrize("seed", range(300))
def test_damaged_pickles(seed):
    """Bytes of a good one changed at random: data, or one sentence."""
    rng = np.random.default_rng(seed)
    content = bytearray(official())
    places = rng.integers(0, 2, 4) * (len(content) - 300) + rng.integers(0, 300, 4)
    for place in places:
        content[place % len(content)] = rng.integers(256)
    try:
        assert isinstance(read_pickle(bytes(content)), dict)
    except PickleError as error:
        assert str(error)
