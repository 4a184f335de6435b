"""What a user may get wrong in Python: one sentence with the value and the remedy, at once."""

import numpy as np
import pytest
import torch

import lls_hw
from lls_hw.datasets.labels import as_labels
from lls_hw.driver.errors import LinkClosed

X = np.random.default_rng(0).integers(0, 256, (12, 6, 5)).astype(np.uint8)
Y = np.arange(12) % 3
FEW = X[:3]
NAN = X / 255
NAN[3, 1, 2] = np.nan
SOFT = np.full((12, 3), 1 / 3)
MISSING = np.eye(3)[Y]
MISSING[4] = 0

IMAGES = [
    (None, "There are no images: the argument is None"),
    (np.zeros((0, 6, 5)), r"There are no images: the array has the shape \(0, 6, 5\)"),
    ([], "There are no images"),
    (X.astype(float), "floats from 0 to 25.; give floats from 0 to 1 or uint8: divide them by 255"),
    (X / 127.5 - 1, "floats from -1 to 1; .* undo the standardisation"),
    (NAN, r"1 values that are no numbers, the first is nan at \[3, 1, 2\]; replace them"),
    (torch.tensor(X / 255).log(), "no numbers, the first is -inf"),
    (X.astype(int) - 1, "pixels from -1 to 25.; give whole numbers from 0 to 255"),
    (X.astype(int) * 256, "pixels from 0 to 6...."),
    (X.view(np.int8), "int8, which cannot hold pixels from 0 to 255"),
    (X * 1j, "elements of complex128; give an array of numbers"),
    (np.array([None] * 12), "elements of object"),
    (torch.tensor(X).to_sparse(), "tensor that is no array of numbers .sparse_coo, uint8, on cpu"),
    ([torch.tensor(x).to_sparse() for x in X], r"give a dense one, such as tensor.to_dense\(\)"),
    (torch.empty(12, 6, 5, device="meta"), "no array of numbers .strided, float32, on meta"),
    (torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)), "of type TensorDataset, wh"),
    (["a.png", "b.png"], "are texts such as 'a.png'; give their pixels"),
    ([[1, 2], [3]], "a list whose elements have different shapes"),
    (X[:, :5], r"have the shape \(12, 5, 5\); they must be 1 x 6 x 5, .*resize them"),
    (X.reshape(12, 5, 6), r"must be 1 x 6 x 5, as \(N, 6, 5\) or \(N, 1, 6, 5\) or \(N, 6, 5, 1\)"),
    (np.repeat(X[:, None], 3, axis=1), r"shape \(12, 3, 6, 5\); they must be 1 x 6 x 5"),
    (X[0, 0], r"have the shape \(5,\)"),
    (np.minimum(X, 1), "larger than 1 of 255; give floats or booleans for images from 0 to 1"),
    (np.zeros_like(X), "larger than 0 of 255"),
    (FEW, "There are 3 training images, fewer than one batch of 4; give more"),
]  # fmt: skip
LABELS = [
    (None, "There are no labels: the argument is None"),
    ([], "There are no labels"),
    (Y[1:], "There are 12 images but 11 labels; give one label for each"),
    (Y + 1, r"labels reach from 1 to 3; with 3 classes they must be 0..2: count classes from 0"),
    (Y - 1, "labels reach from -1 to 1"),
    (Y + 0.5, "labels are floats such as 0.5; give whole class numbers"),
    (np.where(Y == 1, np.nan, Y), "floats such as nan"),
    (np.array(("cat", "dog", "eel"))[Y], "texts such as 'cat'; number the classes, .* np.unique"),
    (np.eye(4)[Y], "have 4 columns, one a class, but there are 3 classes"),
    (SOFT, "labels are floats such as 0.333333"),
    (MISSING, r"row 4 is \[0, 0, 0\] and not one 1 among zeros"),
    (torch.tensor(Y).to_sparse(), "labels are a PyTorch tensor that is no array"),
    (np.zeros((12, 3, 2), int), r"have the shape \(12, 3, 2\); give one class number"),
]  # fmt: skip


@pytest.fixture
def model(golden, network):
    return lls_hw.Model(golden, network)


def wrong(message, call, *arguments, **named):
    """One sentence, as an error that is a ValueError too; the model is as before."""
    with pytest.raises(lls_hw.LlsError, match=message) as caught:
        call(*arguments, **named)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return caught.value


@pytest.mark.parametrize(("images", "message"), IMAGES)
def test_images(model, images, message):
    before = model.weights()
    assert isinstance(
        wrong(message, model.fit, images, Y[: 3 if images is FEW else 12]), ValueError
    )
    assert model.epochs == 0
    assert all((a == b).all() for a, b in zip(before, model.weights(), strict=True))


@pytest.mark.parametrize(("images", "message"), IMAGES[:-3])
def test_images_to_predict(model, images, message):
    for call in (model.predict, model.scores):
        wrong(message, call, images)


@pytest.mark.parametrize(("labels", "message"), LABELS)
def test_labels(model, labels, message):
    for call in (model.fit, model.evaluate):
        assert isinstance(wrong(message, call, X, labels), ValueError)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"epochs": 0}, "epochs is 0; train for a whole number of epochs from 1"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"epochs": 3, "run": 2}, "0 epochs are trained and 3 more are asked for, but run is 2"),
        ({"run": 0}, "run is 0; it must be the number of epochs of the whole run"),
        ({"channels": "middle"}, "channels is 'middle'; it must be 'first' or 'last'"),
        ({"validation": X}, "validation is of type ndarray; give a pair of images and labels"),
        ({"validation": (X, Y[1:])}, "12 images but 11 labels"),
        ({"validation": (X, Y, X)}, "validation is a tuple of 3; give a pair of images and labels"),
        ({"checkpoint": "nowhere/run"}, "nowhere is not a folder"),
        ({"checkpoint": 3}, "checkpoint is 3; give the path of a file"),
        ({"checkpoint": ""}, "checkpoint is ''; give the path of a file"),
        ({"store": "no"}, "store is 'no'; it must be True or False"),
        ({"store": 1}, "store is 1; it must be True or False"),
        ({"store": True}, "board golden is the golden model, .* leave out store"),
        ({"progress": "no"}, "progress is 'no'; it must be True or False"),
    ],
)
def test_arguments_of_fit(model, named, message):
    wrong(message, model.fit, X, Y, **named)
    assert model.epochs == 0


def test_channels_first_or_last(golden):
    """Both would fit: it is not guessed. What is said must be true."""
    cube = lls_hw.Network("cube", (3, 3, 3), (lls_hw.Dense(3),))
    model = lls_hw.Model(golden, cube)
    images = np.random.default_rng(0).integers(0, 256, (4, 3, 3, 3), np.uint8)
    wrong("channels first or last; say which with channels='first'", model.predict, images)
    wrong("channels first or last", model.predict, images.reshape(4, 27))
    first, last = (model.scores(images, channels=order) for order in ("first", "last"))
    assert (first != last).any()
    assert (model.scores(images.transpose(0, 2, 3, 1), channels="last") == first).all()
    other = lls_hw.Model(golden, lls_hw.Network("rgb", (3, 4, 4), (lls_hw.Dense(3),)))
    pictures = np.zeros((2, 3, 4, 4), np.uint8)
    wrong("with channels='last'; they must be 3 x 4 x 4, as", other.predict, pictures,
          channels="last")  # fmt: skip


def test_no_names(golden, network):
    """None is no names, as it reads."""
    assert lls_hw.Model(golden, network, class_names=None).class_names == ()


def test_names_as_labels(golden, network):
    names = ("cat", "dog", "eel")
    model = lls_hw.Model(golden, network, class_names=names)
    model.fit(X, [names[k] for k in Y])
    other = lls_hw.Model(golden, network)
    other.fit(X, Y)
    assert all((a == b).all() for a, b in zip(model.weights(), other.weights(), strict=True))
    wrong(
        "have the class 'fox', which is none of cat, dog, eel; rename it",
        model.fit,
        X,
        ["fox"] * 12,
    )


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"board": "sim"}, r"The board is 'sim'; give an lls_hw.Board, such as Board\('sim'\)"),
        ({"network": "tinyconv"}, "The network is 'tinyconv'; give an lls_hw.Network"),
        ({"network": torch.nn.Linear(2, 2)}, "The network is Linear"),
        ({"seed": -1}, "The seed is -1; use a whole number from 0 on"),
        ({"seed": "one"}, "The seed is 'one'"),
        ({"batch": 0}, "The batch size is 0"),
        ({"batch": 2.5}, "The batch size is 2.5"),
        ({"class_names": list("abcd")}, "There are 4 class names; network 'rows' has 3"),
        ({"class_names": "abc"}, "class names are of type str; give a list of texts in the order"),
        ({"class_names": {"a", "b"}}, "class names are of type set"),
        ({"class_names": 3}, "class names are of type int"),
        ({"class_names": ["a", None, "c"]}, "have None among them; give a text for each class"),
        ({"class_names": ["a", "b", "a"]}, "class name 'a' stands for two classes"),
        ({"class_names": range(300)}, "class names are of type range"),
        ({"class_names": list(range(300))}, "There are 300 class names; there can be 256"),
        ({"verify": True}, "which the board golden already is; leave it out"),
        ({"verify": "no"}, "verify is 'no'; it must be True or False"),
        ({"state": {}}, r"state is of type dict; give a TrainingState, such as Model.state\(\)"),
    ],
)
def test_arguments_of_a_model(golden, network, named, message):
    wrong(message, lls_hw.Model, **({"board": golden, "network": network} | named))


@pytest.mark.parametrize(
    ("url", "named", "message"),
    [
        ("sim:huge", {}, "There is no preset 'huge'; the presets are nano"),
        ("golden:huge", {}, "There is no preset 'huge'"),
        ("golden@tpu", {}, "cannot compute on 'tpu'; write golden, golden@cuda"),
        ("golden@cuda:99", {}, "cannot compute on 'cuda:99', because PyTorch finds"),
        ("/dev/nothing", {}, "/dev/nothing cannot be opened"),
        ("socket://localhost", {}, "names no valid port"),
        ("", {}, "There is no board ''; write sim, sim:PRESET, sim:PRESET@3M, usb, socket"),
        ("uart", {}, "There is no board 'uart'; write sim"),
        ("golden", {"compile": "no"}, "compile is 'no'; it must be True or False"),
        (3, {}, "The board's address is 3; give a text such as 'sim'"),
        ("sim:tiny", {"compile": True}, "compile=True is for the golden model, but .* sim:tiny"),
    ],
)
def test_boards(url, named, message):
    wrong(message, lls_hw.Board, url, **named)


class Deaf:
    """A transport that is gone."""

    simulated, closed = False, False

    def send(self, data):
        raise LinkClosed("The line is cut; plug it in.")

    def receive(self, wait):
        return b""

    def close(self):
        self.closed = True


def test_a_transport_that_is_gone():
    """It is closed."""
    deaf = Deaf()
    wrong("The line is cut; plug it in", lls_hw.Board, deaf)
    assert deaf.closed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("n", (1, 6, 5), [torch.nn.Linear(3, 4)]), r"layer 1 is of type Linear; .* Dense\(...\)"),
        (("n", (1, 6, 5), 10), "layers is 10; it must be a list"),
        (("n", (1, 6, 5), [lls_hw.Dense(3)], {"batch": 4}), "training is {'batch': 4}; give an ll"),
        ((None, (1, 6, 5), [lls_hw.Dense(3)]), "name is None; give a text"),
        (("n", 30, [lls_hw.Dense(3)]), "input is 30; it must be a list"),
        (("n", (6, 5), [lls_hw.Dense(3)]), "give channels, height and width"),
        (("n", (1, 6, 5), [lls_hw.Conv(outputs=3)]), "must be the classifier"),
    ],
)
def test_networks(arguments, message):
    wrong(message, lls_hw.Network, *arguments)


@pytest.mark.parametrize("name", [None, 3, "", "TinyConv"])
def test_names_of_networks(name):
    wrong(
        f"There is no network '{name}'; give the name of a .toml file or one of",
        lls_hw.load_network,
        name,
    )


def test_numbers_of_numpy_in_networks():
    """As they come out of labels and shapes; what a network keeps is Python's."""
    classes = Y.max() + 1
    training = lls_hw.Training(batch=np.int64(4), lr_shifts=[np.int8(1), 2])
    network = lls_hw.Network("n", np.array([1, 6, 5]), [lls_hw.Dense(classes)], training)
    same = lls_hw.Training(batch=4, lr_shifts=(1, 2))
    assert network == lls_hw.Network("n", (1, 6, 5), (lls_hw.Dense(3),), same)
    assert type(network.classes) is type(network.training.batch) is type(network.input[1]) is int
    wrong("lr_shifts is 1; it must be a list", lls_hw.Training, lr_shifts=1)


def test_paths(golden, network):
    model = lls_hw.Model(golden, network)
    for nothing in (None, 3, "", b"run"):
        for call in (
            model.save,
            model.export,
            lambda path: lls_hw.Model.load(path, golden),
            lambda path: lls_hw.write_report(model, path),
        ):
            wrong("give the path of a file", call, nothing)


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        (("",), {}, "There is no data set ''; choose one of digits"),
        ((None,), {}, "There is no data set 'None'"),
        (("own.npz",), {"shape": 30}, "shape is 30; give channels, height and width"),
        (("own.npz",), {"shape": (6, 5)}, r"shape is \(6, 5\); give channels"),
        (("own.npz",), {"held_out": "0.2"}, "share is '0.2'; give a number between 0 and 1"),
        (("own.npz",), {"channels": "middle"}, "channels is 'middle'; it must be"),
        (("mnist", 3), {}, "data_dir is 3; give the path"),
        (("mnist", "."), {"download": "no"}, "download is 'no'; it must be True or False"),
        (("vww", "."), {"size": 0}, "size is 0; give the rows and columns"),
    ],
)  # fmt: skip
def test_arguments_of_load_data(tmp_path, monkeypatch, arguments, named, message):
    monkeypatch.chdir(tmp_path)
    np.savez("own.npz", images=X, labels=Y)
    wrong(message, lls_hw.load_data, *arguments, **named)


MANY = np.arange(300)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"labels": MANY}, "reach from 0 to 299; there can be 256 classes, so they must be 0..255"),
        ({"labels": MANY.astype(str)}, "texts of 300 different classes; there can be 256: leave"),
        ({"labels": np.eye(300)}, "have 300 columns, one a class; there can be 256: leave cl"),
        ({"class_names": MANY.astype(str)}, "There are 300 class names; there can be 256"),
        ({"class_names": np.array("abc")}, "class names are of type ndarray; give a list"),
        ({"class_names": np.array(["a", "b", "a"])}, "class name 'a' stands for two classes"),
    ],
)
def test_classes_of_a_file(tmp_path, arrays, message):
    """No network has more than 256, so none is asked for."""
    path = tmp_path / "own.npz"
    np.savez(path, **({"images": np.tile(X, (25, 1, 1)), "labels": MANY % 3} | arrays))
    assert "network" not in str(wrong(message, lls_hw.load_data, path))


def test_reports(model, tmp_path):
    path = tmp_path / "run.html"
    wrong("The model is None", lls_hw.write_report, None, path)
    wrong("test is of type ndarray; give a pair of", lls_hw.write_report, model, path, X)
    wrong("command is 3; give a text", lls_hw.write_report, model, path, command=3)
    wrong("progress is 'x'", lls_hw.write_report, model, path, (X, Y), progress="x")
    wrong("progress is 'x'; it must be True or False", model.evaluate, X, Y, progress="x")
    assert not path.exists()


def test_labels_of_a_single_image(model):
    assert as_labels(2, 3).tolist() == [2]
    assert model.evaluate(X[0], 2).samples == 1


def test_numbers_of_numpy(golden, network, tmp_path):
    """They are as good as Python's, and checkpoints hold them."""
    model = lls_hw.Model(
        golden, network, seed=np.int64(1), batch=np.uint8(4), class_names=np.array(["a", "b", "c"])
    )
    path = tmp_path / "run.safetensors"
    model.fit(X, Y, epochs=np.int64(1), run=np.int64(2), checkpoint=path)
    again = lls_hw.Model.load(path, golden)
    assert (again.seed, again.batch, again.class_names) == (1, 4, ("a", "b", "c"))
    wrong("1 epochs are trained and 2 more are asked for, but run is 2", model.fit, X, Y, 2,
        run=np.int64(2))  # fmt: skip
