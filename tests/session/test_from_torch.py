"""Trained PyTorch modules on a board: close to the module, whatever its layers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import lls_hw

MEAN, STD = 0.3, 0.35


def act():
    return nn.LeakyReLU(0.125)


def conv(inputs, outputs, **settings):
    return nn.Conv2d(inputs, outputs, 3, bias=False, **{"padding": 1} | settings)


def dense(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


MODULES = {
    "mlp": lambda: nn.Sequential(
        nn.Flatten(), dense(64, 48), act(), nn.Dropout(0.1), dense(48, 32), act(), dense(32, 10)
    ),
    "pool": lambda: nn.Sequential(
        nn.Sequential(conv(1, 16), act(), nn.MaxPool2d(2)),
        nn.Sequential(conv(16, 24), act(), nn.AvgPool2d(2)),
        nn.Flatten(), dense(96, 10),
    ),
    "stride": lambda: nn.Sequential(
        conv(1, 16), nn.MaxPool2d(2), act(), nn.Conv2d(16, 20, 1, bias=False), act(),
        conv(20, 24, stride=2), act(), nn.Flatten(), dense(96, 10), nn.LogSoftmax(1),
    ),
    "normalised": lambda: nn.Sequential(
        conv(1, 16), act(), nn.BatchNorm2d(16), nn.MaxPool2d(2),
        conv(16, 24), act(), nn.AdaptiveAvgPool2d(2), nn.BatchNorm2d(24), nn.Flatten(),
        dense(96, 48), act(), nn.BatchNorm1d(48, affine=False), dense(48, 32), act(), dense(32, 10),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    return lls_hw.load_data("digits")


def pixels(images):
    """What the modules are given."""
    return (torch.tensor(images / 255).float() - MEAN) / STD


@pytest.fixture(scope="module", params=MODULES)
def module(request, digits):
    """Trained on the digits for a few seconds."""
    torch.manual_seed(0)
    module = MODULES[request.param]()
    x, y = pixels(digits.train_images), torch.tensor(digits.train_labels).long()
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    for _ in range(12):
        for rows in torch.randperm(len(x)).split(64)[:-1]:
            optimiser.zero_grad()
            cross_entropy(module(x[rows]), y[rows]).backward()
            optimiser.step()
    return module.eval()


def scores_of(module, images):
    with torch.no_grad():
        return torch.softmax(module(pixels(images)), dim=1).numpy()


def test_predictions_are_close(module, digits):
    """Of 359 digits at most three are classified differently; the accuracy is the same within."""
    board = lls_hw.Board("golden")
    model = lls_hw.Model.from_torch(board, module, digits.train_images, mean=MEAN, std=STD)
    expected = scores_of(module, digits.test_images)
    found = model.scores(digits.test_images)
    assert (expected.argmax(1) == digits.test_labels).mean() > 0.9
    assert (model.predict(digits.test_images) != expected.argmax(1)).sum() <= 3
    assert np.abs(found - expected).mean() < 0.002


def test_few_images_without_labels_are_enough(module, digits):
    board = lls_hw.Board("golden")
    model = lls_hw.Model.from_torch(board, module, digits.train_images[:50], mean=MEAN, std=STD)
    expected = scores_of(module, digits.test_images).argmax(1)
    assert (model.predict(digits.test_images) == expected).mean() > 0.98


def test_scale_of_a_channel_does_not_matter(digits):
    """Channels of very different size: each has its own scale in the integers."""
    torch.manual_seed(1)
    module = MODULES["pool"]()
    factors = 10.0 ** torch.linspace(-2, 2, 16)
    module[0][0].weight.data *= factors[:, None, None, None]
    module[1][0].weight.data /= factors[None, :, None, None]
    board = lls_hw.Board("golden")
    model = lls_hw.Model.from_torch(board, module, digits.train_images, mean=MEAN, std=STD)
    expected = scores_of(module, digits.test_images)
    assert np.abs(model.scores(digits.test_images) - expected).max() < 0.003


def test_it_trains_further(digits):
    """From a good start; the network is a new one for a preset's engine."""
    torch.manual_seed(2)
    module = MODULES["mlp"]()
    with lls_hw.Board("golden:tiny") as board:
        training = lls_hw.Training(batch=8)
        model = lls_hw.Model.from_torch(board, module, digits.train_images, training=training)
        assert model.program.train_cycles and model.batch == 8
        before = model.evaluate(digits.test_images, digits.test_labels).accuracy
        model.fit(digits.train_images, digits.train_labels, epochs=2)
        assert before < 0.3 < 0.85 < model.evaluate(digits.test_images, digits.test_labels).accuracy


def test_the_whole_way_round(module, digits, tmp_path):
    """From PyTorch to a board, to a checkpoint, to PyTorch: the integers stay."""
    board = lls_hw.Board("golden")
    settings = {"mean": MEAN, "std": STD, "class_names": [str(k) for k in range(10)]}
    model = lls_hw.Model.from_torch(board, module, digits.train_images, name="back", **settings)
    model.save(tmp_path / "run")
    again = lls_hw.Model.load(tmp_path / "run", board)
    assert again.network == model.network and again.network.name == "back"
    exact = again.to_torch()(torch.from_numpy(digits.test_images)).numpy()
    assert np.array_equal(exact, model.scores(digits.test_images))


def test_dead_channels_and_black_images():
    module = nn.Sequential(conv(1, 4), act(), nn.Flatten(), dense(144, 3))
    module[0].weight.data[1] = 0
    black = np.zeros((3, 6, 6), np.uint8)
    model = lls_hw.Model.from_torch(lls_hw.Board("golden"), module, black)
    assert not model.weights()[0][:, 1].any()
    assert np.ptp(model.scores(black)) == 0


X = np.zeros((4, 8, 8), np.uint8)
WRONG = [
    ({"module": nn.Sequential(nn.Flatten(), nn.Linear(64, 10))}, "it has a bias, .* bias=False"),
    ({"module": nn.Linear(64, 10)}, "The module is of type Linear; give an nn.Sequential"),
    ({"images": None}, "There are no images: the argument is None"),
    ({"images": X - 1.0}, "The images are floats from -1 to -1; give floats from 0 to 1"),
    ({"images": np.zeros((4, 9, 9))}, "it has 64 inputs but gets 81"),
    ({"images": X, "input": [1, 9, 9]}, "it has 64 inputs but gets 81"),
    ({"images": np.zeros((4, 4, 8)), "input": [1, 8, 8]}, "they must be 1 x 8 x 8"),
    ({"input": 64}, "input is 64; it must be a list"),
    ({"mean": (0.1, 0.2, 0.3)}, r"mean is \(0.1, 0.2, 0.3\); give one number for all channels"),
    ({"mean": "0.5"}, "mean is '0.5'; give one number"),
    ({"mean": 127.5}, "mean is 127.5; images from 0 to 1 have a mean from 0 to 1"),
    ({"mean": -0.5}, "mean is -0.5; images from 0 to 1"),
    ({"mean": float("nan")}, "mean is nan"),
    ({"std": 0}, "std is 0; it must be larger than 0"),
    ({"channels": "middle"}, "channels is 'middle'; it must be 'first' or 'last'"),
    ({"board": "golden"}, "The board is 'golden'; give an lls_hw.Board"),
    ({"training": 8}, "training is 8; give an lls_hw.Training"),
    ({"seed": -1}, "The seed is -1"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_wrong_arguments(given, message):
    right = {
        "board": lls_hw.Board("golden"),
        "module": nn.Sequential(nn.Flatten(), dense(64, 10)),
        "images": X,
    }
    with pytest.raises(lls_hw.LlsError, match=message) as caught:
        lls_hw.Model.from_torch(**right | given)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
