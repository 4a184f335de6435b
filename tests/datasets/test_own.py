"""Data of one's own: .npz files, tables, folders of images, and what is wrong with them."""

import numpy as np
import pytest

from lls_hw.datasets.base import DataError
from lls_hw.datasets.names import load_data
from lls_hw.datasets.unlabelled import load_images

RNG = np.random.default_rng(1)
LABELS = np.arange(20) % 4
IMAGES = RNG.integers(0, 256, (20, 3, 5)).astype(np.uint8)
SHAPE = (1, 3, 5)


def npz(folder, **arrays):
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    "keys",
    [
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("x_train", "y_train", "x_test", "y_test"),
    ],
)
def test_npz_with_a_test(tmp_path, keys):
    """Also floats, channels last and labels in columns."""
    arrays = IMAGES[:15, :, :, None] / 255, LABELS[:15, None], IMAGES[15:], LABELS[15:]
    path = npz(tmp_path, **dict(zip(keys, arrays, strict=True)))
    for said in ({"channels": "last"}, {"shape": SHAPE}):
        data = load_data(path, **said)
        assert (data.train_images == IMAGES[:15, None]).all()
        assert (data.test_images == IMAGES[15:, None]).all()
        assert data.train_labels.tolist() == LABELS[:15].tolist()
        assert (data.classes, data.class_names, data.test_labels.dtype) == (4, (), np.uint8)


@pytest.mark.parametrize(("share", "count"), [(None, 4), (0.4, 8)])
def test_held_out(tmp_path, share, count):
    """The same share of each class, always the same images, in their order."""
    names = np.array(["ant", "bee", "cow", "dog"])
    path = npz(tmp_path, images=IMAGES, labels=names[LABELS])
    data, again = (load_data(str(path), held_out=share) for _ in range(2))
    assert data.class_names == tuple(names) and data.classes == 4
    assert np.bincount(data.test_labels).tolist() == [count // 4] * 4
    assert (data.test_images == again.test_images).all()
    place = {image.tobytes(): k for k, image in enumerate(IMAGES)}
    parts = [
        [place[image.tobytes()] for image in part] for part in (data.train_images, data.test_images)
    ]
    assert sorted([*parts[0], *parts[1]]) == list(range(20))
    assert all(part == sorted(part) for part in parts)
    assert data.train_labels.tolist() == LABELS[parts[0]].tolist()


def test_held_out_of_an_official_set():
    pytest.importorskip("sklearn")
    data = load_data("digits", held_out=0.25)
    whole = load_data("digits")
    assert len(data.train_labels) + len(data.test_labels) == len(whole.train_labels)
    assert len(data.test_labels) == pytest.approx(len(whole.train_labels) / 4, abs=5)


def test_class_names_of_an_npz(tmp_path):
    path = npz(tmp_path, x=IMAGES, y=LABELS, class_names=["a", "b", "c", "d", "never"])
    data = load_data(path)
    assert data.class_names == ("a", "b", "c", "d", "never") and data.classes == 5


@pytest.mark.parametrize("head", [None, "label", "Class"])
@pytest.mark.parametrize("texts", [False, True])
def test_table(tmp_path, head, texts):
    labels = [("ant", "bee", "cow", "dog")[k] if texts else str(k) for k in LABELS]
    rows = [",".join([y, *map(str, x.reshape(-1))]) for x, y in zip(IMAGES, labels, strict=True)]
    if head:
        rows.insert(0, ",".join([head, *(f"pixel{k}" for k in range(15))]))
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows) + "\n")
    data = load_data(path, shape=SHAPE, held_out=0.2)
    assert data.train_images.shape == (16, *SHAPE) and data.classes == 4
    assert data.class_names == (("ant", "bee", "cow", "dog") if texts else ())
    assert {image.tobytes() for image in data.train_images} <= {x.tobytes() for x in IMAGES}


def test_table_with_labels_last_and_fractions(tmp_path):
    path = tmp_path / "mine.csv"
    rows = [f"{','.join(f'{p / 255:.4f}' for p in x.reshape(-1)[:9])},{y}"
            for x, y in zip(IMAGES, LABELS, strict=True)]  # fmt: skip
    path.write_text("\n".join([",".join(["p"] * 9 + ["target"]), *rows]))
    data = load_data(path)
    assert data.train_images.shape == (16, 1, 3, 3)
    expected = {x.reshape(-1)[:9].tobytes() for x in IMAGES}
    assert {image.tobytes() for image in data.train_images} <= expected


@pytest.fixture
def pictures(tmp_path):
    """Folders of 4 x 6 colour images, named so that their order is not that of writing."""
    image = pytest.importorskip("PIL.Image")

    def write(part, classes=("pear", "apple"), size=(4, 6)):
        for number, name in enumerate(classes):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            for k in range(5):
                pixels = np.full((*size, 3), (40 * k, 10 * number, 200), np.uint8)
                image.fromarray(pixels).save(folder / f"{k}.png")
            (folder / "notes.txt").write_text("no image")

    return tmp_path, write


def test_folder(pictures):
    """As they are, and scaled and in grey for a network."""
    root, write = pictures
    write("all")
    data = load_data(root / "all")
    assert data.class_names == ("apple", "pear") and data.train_images.shape == (8, 3, 4, 6)
    assert (data.train_images[:, 1] == 10 * (1 - data.train_labels)[:, None, None]).all()
    grey = load_data(root / "all", shape=(1, 2, 2))
    assert grey.train_images.shape == (8, 1, 2, 2)
    assert grey.train_images[0].std() == 0


@pytest.mark.parametrize("test", ["test", "val", "validation"])
def test_folder_with_a_test(pictures, test):
    root, write = pictures
    write("train"), write(test, classes=("pear",))
    data = load_data(root)
    assert len(data.train_labels) == 10 and data.test_labels.tolist() == [1] * 5


def bad_folder(write, root, kind):
    if kind == "sizes":
        write("all"), write("all", classes=("kiwi",), size=(5, 5))
    elif kind == "unknown":
        write("train"), write("test", classes=("plum",))
    elif kind == "empty":
        write("all")
        (root / "all" / "none").mkdir()
    elif kind == "damaged":
        write("all")
        (root / "all" / "pear" / "0.png").write_text("no image")
    elif kind == "test only":
        write("test")
    elif kind == "flat":
        (root / "all").mkdir()


@pytest.mark.parametrize(
    ("kind", "place", "message"),
    [
        ("sizes", "all", r"picture 0.png is 3 x 4 x 6, the first one 3 x 4 x 6|3 x 5 x 5"),
        ("unknown", "", "test has the classes plum; it must have those of apple, pear"),
        ("empty", "all", "The folder none has no images; put images there"),
        ("damaged", "all", "0.png is not an image"),
        ("test only", "", "It has a folder test but none called train or training"),
        ("flat", "all", "all has no folders; it must have one folder of images for each class"),
    ],
)
def test_wrong_folders(pictures, kind, place, message):
    root, write = pictures
    bad_folder(write, root, kind)
    with pytest.raises(DataError, match=message) as caught:
        load_data(root / place)
    assert str(root) in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "It has the arrays none; name them train_images and train_labels, or x_train and"),
        ({"pictures": IMAGES, "labels": LABELS}, "It has the arrays pictures, labels"),
        ({"x": IMAGES, "y": LABELS[1:]}, "There are 20 images but 19 labels"),
        ({"x": IMAGES, "y": LABELS - 1}, "labels reach from -1 to 2"),
        ({"x": IMAGES, "y": LABELS, "class_names": ["a", "b"]}, "2 class names, but the label 3"),
        ({"x": IMAGES.astype(float), "y": LABELS}, "floats from . to 25.; .* divide them by 255"),
        ({"x": IMAGES // 128, "y": LABELS}, "larger than 1 of 255"),
        ({"x": np.array([None] * 20), "y": LABELS}, "It is no .npz file of arrays of numbers"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, "x_test and y_test one is miss"),
        ({"x": IMAGES[..., None], "y": LABELS}, "channels first or last; say which with channels="),
        ({"x": IMAGES[:, None].repeat(2, 1), "y": LABELS}, r"give \(N, H, W\), \(N, H, W, C\)"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS},
            "training images are 1 x 3 x 5, the test images 1 x 2 x 5",
        ),
    ],
)
def test_wrong_npz(tmp_path, arrays, message):
    path = npz(tmp_path, **arrays)
    with pytest.raises(DataError, match=message) as caught:
        load_data(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no row of a label and pixels"),
        ("label,a,b\n", "no row of a label and pixels"),
        ("1;2;3\n", "no row of a label and pixels"),
        ("1,2,3\n2,3\n", "write as many numbers in each row"),
        ("1,2,x\n2,3,y\n", "pixels cannot be read"),
        ("1,2,3\n2,3,300\n", "pixels from 2 to 300|shape"),
        ("1,2,3\n2,3,inf\n", r"no numbers, the first is inf at \[1, 1\]"),
        ("1,2,3\n2,3,1e400\n", "no numbers, the first is inf"),
        ("0,9,9,9\n", r"have the shape \(1, 3\); give"),
    ],
)
def test_wrong_tables(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        load_data(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_damaged_archives(tmp_path):
    """A byte of the compressed pixels has changed, in each reader of such files."""
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, images=np.tile(IMAGES, (20, 1, 1)), labels=np.tile(LABELS, 20))
    whole = path.read_bytes()
    for place in range(80, 400, 20):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        for read in (load_data, lambda name: load_images(name, shape=(1, 3, 5))):
            with pytest.raises(DataError, match=r"mine.npz: It (is no|has the) "):
                read(path)


@pytest.mark.parametrize(
    ("name", "named", "message"),
    [
        ("none.npz", {}, "none.npz does not exist; check the name"),
        ("none.csv", {}, "none.csv does not exist"),
        ("no/folder", {}, "no/folder does not exist"),
        ("mnits", {}, "no data set 'mnits'; choose one of digits, .*, or give an .npz file"),
        ("setup.cfg", {}, "no data set 'setup.cfg'"),
        ("mine.npz", {"held_out": 0}, "held-out share is 0; it must lie between 0 and 1"),
        ("mine.npz", {"held_out": 1.5}, "held-out share is 1.5"),
        ("mine.npz", {"held_out": 0.01}, "a share of 0.01 of each class holds out 0"),
        ("mine.npz", {"shape": (1, 4, 4)}, r"shape \(20, 3, 5\); they must be 1 x 4 x 4"),
    ],
)
def test_what_is_not_there(tmp_path, monkeypatch, name, named, message):
    monkeypatch.chdir(tmp_path)
    npz(tmp_path, x=IMAGES, y=LABELS)
    with pytest.raises(DataError, match=message):
        load_data(name, **named)
