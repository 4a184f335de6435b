"""``lls-hw evaluate`` and ``lls-hw predict``: a trained network without training."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

import lls_hw
from lls_hw.evaluate import main as evaluate
from lls_hw.predict import main as predict

NAMES = ("bottom", "middle", "top")
RUN = ["--checkpoint", "run.safetensors"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network that tells which rows are bright, its checkpoint, and images in many files."""
    folder = tmp_path_factory.mktemp("predict")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 90)
    images = rng.integers(0, 100, (90, 6, 5))
    for label in range(3):
        images[labels == label, 2 * label : 2 * label + 2] += 150
    images = images.astype(np.uint8)
    network = lls_hw.Network(
        "rows", [1, 6, 5], [lls_hw.Dense(20), lls_hw.Dense(3)], lls_hw.Training(batch=4)
    )
    with lls_hw.Board("golden") as board:
        model = lls_hw.Model(board, network, class_names=NAMES)
        model.fit(images[:60], labels[:60], epochs=4)
        model.save(folder / "run.safetensors")
    np.savez(
        folder / "labelled.npz", train_images=images[:60], train_labels=labels[:60],
        test_images=images[60:], test_labels=np.array(NAMES)[labels[60:]], class_names=NAMES,
    )  # fmt: skip
    np.savez(folder / "bare.npz", x=images[60:] / 255)
    np.save(folder / "bare.npy", images[60:])
    flat = images[60:].reshape(30, 30)
    np.savetxt(folder / "bare.csv", flat, "%d", ",")
    rows = np.column_stack([labels[60:], flat])
    np.savetxt(folder / "labels.csv", rows, "%d", ",", header="label" + ",p" * 30, comments="")
    pictures = folder / "pictures"
    (pictures / "more").mkdir(parents=True)
    pillow = pytest.importorskip("PIL.Image")
    for number, image in enumerate(images[60:]):
        place = pictures / ("more" if number >= 20 else "") / f"{number:02}.png"
        pillow.fromarray(image).save(place)
    return folder


@pytest.fixture(scope="module")
def expected(folder):
    """What the session answers."""
    images = np.load(folder / "bare.npy")
    with lls_hw.Board("golden") as board:
        model = lls_hw.Model.load(folder / "run.safetensors", board)
        return model.predict(images), model.scores(images)


def answers(text):
    """Names, classes and scores of a table."""
    head, *rows = csv.reader(io.StringIO(text))
    assert head[:2] == ["image", "class"]
    scores = np.array([row[2:] for row in rows], float)
    return head[2:], [row[0] for row in rows], [row[1] for row in rows], scores


DATA = ["labelled.npz", "bare.npz", "bare.npy", "bare.csv", "labels.csv", "pictures"]


@pytest.mark.parametrize("data", DATA)
def test_classes_and_scores_of_all_classes(folder, expected, data, monkeypatch, capsys):
    """The same images in every kind of file, with labels or without; progress is not among them."""
    monkeypatch.chdir(folder)
    assert predict([*RUN, "--device", "golden", "--data", data]) == 0
    heads, images, classes, scores = answers(capsys.readouterr().out)
    assert heads == list(NAMES)
    assert classes == [NAMES[label] for label in expected[0]]
    assert np.abs(scores - expected[1]).max() < 1e-6
    numbers = [str(number) for number in range(30)]
    files = [f"{n:02}.png" for n in range(20)] + [f"more/{n}.png" for n in range(20, 30)]
    assert images == (files if data == "pictures" else numbers)


@pytest.mark.parametrize("device", ["golden:tiny", "sim:tiny"])
def test_files(folder, expected, device, tmp_path, monkeypatch, capsys):
    """A board answers the same as the golden model; numbers are exact in .npz files."""
    monkeypatch.chdir(folder)
    options = [*RUN, "--device", device, "--data", "bare.npy"]
    assert predict([*options, "--out", str(tmp_path / "a.npz")]) == 0
    with np.load(tmp_path / "a.npz") as found:
        assert (found["classes"] == expected[0]).all() and (found["scores"] == expected[1]).all()
        assert found["class_names"].tolist() == list(NAMES)
        assert found["images"].tolist() == [str(number) for number in range(30)]
    assert predict([*options, "--out", str(tmp_path / "a.csv"), "--limit", "7"]) == 0
    assert capsys.readouterr().out == ""
    _, images, classes, scores = answers((tmp_path / "a.csv").read_text())
    assert len(images) == len(classes) == len(scores) == 7
    assert predict([*options, "--classes-only"]) == 0
    heads, _, classes, _ = answers(capsys.readouterr().out)
    assert heads == [] and classes == [NAMES[label] for label in expected[0]]
    assert predict([*options, "--classes-only", "--out", str(tmp_path / "b.npz")]) == 0
    with np.load(tmp_path / "b.npz") as found:
        assert sorted(found) == ["class_names", "classes", "images"]


def test_one_picture(folder, expected, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert predict([*RUN, "--device", "golden", "--data", "pictures/03.png"]) == 0
    _, images, classes, scores = answers(capsys.readouterr().out)
    assert (images, classes) == (["03.png"], [NAMES[expected[0][3]]])
    assert np.abs(scores[0] - expected[1][3]).max() < 1e-6


@pytest.mark.parametrize("device", ["golden", "sim:tiny"])
def test_evaluation(folder, expected, device, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    path = tmp_path / "run.json"
    options = [*RUN, "--device", device, "--data", "labelled.npz", "--json", str(path)]
    assert evaluate(options) == 0
    with np.load("labelled.npz") as arrays:
        right = np.array(NAMES)[expected[0]] == arrays["test_labels"]
    found = json.loads(path.read_text())
    assert found["accuracy"] == right.mean() > 0.8
    assert (found["samples"], found["epochs"], found["network"]) == (30, 4, "rows")
    assert found["simulated"] == (device == "sim:tiny")
    said = capsys.readouterr().out
    assert f"{right.mean():.2%}" in said and "rows; epochs trained: 4" in said
    assert evaluate([*options, "--test-limit", "10"]) == 0
    assert json.loads(path.read_text())["accuracy"] == right[:10].mean()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("none.npz", "none.npz: It does not exist; give an .npz, .npy or .csv file"),
        ("empty", "empty: It has no pictures"),
        ("words.csv", "words.csv: Its pixels cannot be read"),
        ("wide.npy", "wide.npy: The images have the shape (4, 7, 7); they must be 1 x 6 x 5"),
        ("two.npz", "two.npz: It has the arrays a, b; call the images test_images or x_test"),
        ("noise.npz", "noise.npz: It is no .npz file of arrays of numbers"),
        ("noise.png", "noise.png is not an image"),
        ("mnist", "The folder of the mnist files is unknown"),
    ],
)
def test_images_that_cannot_be_read(folder, data, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LLS_HW_DATA", raising=False)
    Path("empty").mkdir()
    Path("words.csv").write_text("a,b\nc,d\n")
    np.save("wide.npy", np.zeros((4, 7, 7), np.uint8))
    np.savez("two.npz", a=np.zeros(3), b=np.zeros(3))
    for name in ("noise.npz", "noise.png"):
        Path(name).write_bytes(b"noise")
    run = str(folder / "run.safetensors")
    assert predict(["--checkpoint", run, "--device", "golden", "--data", data]) == 1
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1


def test_classes_are_told_by_their_names(folder, tmp_path, monkeypatch, capsys):
    """Data without one of the classes numbers the others in its own way."""
    monkeypatch.chdir(folder)
    labelled = np.load("labelled.npz")
    images, names = labelled["test_images"], labelled["test_labels"]
    some = names != "bottom"
    own = {"train_images": images[some], "train_labels": names[some]}
    result = tmp_path / "result.json"
    for changed, message in (
        ((), None),
        (("top", "lid"), "have the class 'lid', which is none of"),
    ):
        labels = own["train_labels"]
        if changed:
            labels = np.where(labels == changed[0], changed[1], labels)
        np.savez(
            tmp_path / "some.npz", train_images=own["train_images"], train_labels=labels,
            test_images=own["train_images"], test_labels=labels,
        )  # fmt: skip
        data = ["--data", str(tmp_path / "some.npz"), "--device", "golden"]
        status = evaluate([*RUN, *data, "--json", str(result)])
        said = capsys.readouterr()
        if message:
            assert status == 1 and message in said.err
            continue
        assert status == 0
        with lls_hw.Board("golden") as board:
            model = lls_hw.Model.load("run.safetensors", board)
            expected = model.evaluate(images[some], names[some])
        assert json.loads(result.read_text())["accuracy"] == expected.accuracy > 0.5
