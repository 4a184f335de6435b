"""Network descriptions: files, checks, and the constants they turn into."""

import numpy as np
import pytest

from lls_hw.network import (
    Dense,
    Network,
    NetworkError,
    Training,
    initial_shifts,
    initial_weights,
    layer_settings,
    load_network,
    network_names,
)
from lls_hw.program.descriptor import FIELDS

VALID = """
input = [1, 8, 8]
layers = [{ outputs = 32, headroom = 0, temperature_shift = -1 }, { outputs = 10 }]
[training]
batch = 8
lr_shifts = [0, 1, 2]
stretches = 2
classifier_lr_shift = -1
"""


def test_toml(tmp_path):
    (tmp_path / "mine.toml").write_text(VALID)
    assert load_network(tmp_path / "mine.toml") == Network(
        "mine",
        (1, 8, 8),
        (Dense(32, headroom=0, temperature_shift=-1), Dense(10)),
        Training(batch=8, lr_shifts=(0, 1, 2), stretches=2, classifier_lr_shift=-1),
    )


EXPECTED = {
    "digits": [(64, 48), (48, 32), (32, 10)],
    "mlp": [(784, 128), (128, 64), (64, 10)],
    "nitro-fashion": [(784, 200), (200, 100), (100, 50), (50, 10)],
    "nitro-mnist": [(784, 100), (100, 50), (50, 10)],
}


def test_networks_of_the_package():
    assert {name: load_network(name).shapes for name in network_names()} == EXPECTED


def test_derived_values():
    net = load_network("mlp")
    assert (net.inputs, net.classes, net.fan_ins) == (784, 10, (784, 128, 64))


BAD = {
    "input = [1, 28]": r"input is \[1, 28\]; give channels, height and width",
    "input = 784": "input is 784; it must be a list",
    "input = [1, 0, 8]": "a size in input is 0",
    "input = [3, 64, 64]": "the number of inputs, channels x height x width, is 12288",
    "layers = []": "has 0 layers",
    f"layers = [{'{ outputs = 4 },' * 17}]": "has 17 layers",
    "layers = [{ outputs = 0 }]": "outputs of a layer is 0",
    "layers = [{ outputs = -3 }]": "outputs of a layer is -3",
    "layers = [{ outputs = 4096 }, { outputs = 10 }]": "outputs of a layer is 4096",
    "layers = [{ outputs = 1.5 }]": "outputs of a layer is 1.5",
    "layers = [{ outputs = true }]": "outputs of a layer is True",
    "layers = [{ outputs = 1 }]": r"the classes\) is 1",
    "layers = [{ outputs = 257 }]": r"the classes\) is 257",
    "layers = [{ outputs = 10, headroom = 7 }]": "headroom of a layer is 7",
    "layers = [{ outputs = 10, temperature_shift = 5 }]": "temperature_shift of a layer is 5",
    "layers = [{ outputs = 10, bias = true }]": "layer 1 has no setting 'bias'; it has outputs",
    "layers = [{}]": "layer 1 has no outputs",
    "layers = [10]": "layer 1 is 10; it must be a table",
    "layer = []": "has no setting 'layer'",
    "training = 3": "training is 3; it must be a table",
    "training = { batch = 0 }": "batch is 0",
    "training = { batch = 1024 }": "batch is 1024",
    "training = { lr_shifts = [] }": "lr_shifts is empty",
    "training = { lr_shifts = 1 }": "lr_shifts is 1; it must be a list",
    "training = { lr_shifts = ['fast'] }": "a number in lr_shifts is 'fast'",
    "training = { lr_shifts = [99] }": "a number in lr_shifts is 99",
    "training = { stretches = 0 }": "stretches is 0",
    "training = { classifier_lr_shift = 20 }": "classifier_lr_shift is 20",
    "training = { momentum = 1 }": "training has no setting 'momentum'",
    "input = [1, 8": "is not valid TOML",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_files_say_what_is_wrong(tmp_path, line):
    defaults = {"input": "input = [1, 8, 8]", "layers": "layers = [{ outputs = 10 }]"}
    defaults[line.split()[0]] = line
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(defaults.values()))
    with pytest.raises(NetworkError, match=BAD[line]) as error:
        load_network(path)
    assert str(error.value).startswith("Network 'mine'")


def test_unknown_names_and_files(tmp_path):
    with pytest.raises(NetworkError, match="no network 'vgg'.*digits, mlp, nitro-fashion"):
        load_network("vgg")
    with pytest.raises(NetworkError, match="cannot be read"):
        load_network(tmp_path / "missing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NetworkError, match="is not text"):
        load_network(tmp_path / "binary.toml")


def test_learning_rate_schedule():
    assert [Training(lr_shifts=(0, 2)).lr_shift(s, 10) for s in (0, 9, 10, 99)] == [0, 0, 2, 2]
    halves = Training(lr_shifts=(0, 1, 3), stretches=2)
    assert [halves.lr_shift(s, 5) for s in range(12)] == [0, 0, 0, 1, 1, 3, 3, 3, 3, 3, 3, 3]


def test_layer_settings():
    """Weights Q12, batch 16: 10 - 24 + 4 + lr_shift - t; the classifier adds 12 + 6."""
    net = Network("n", (1, 1, 4), (Dense(8, 0, 2), Dense(8, 1, -3), Dense(3)),
                  Training(classifier_lr_shift=-2))  # fmt: skip
    first, second, last = layer_settings(net, 16, 3)
    assert (first.update_offset, second.update_offset, last.update_offset) == (-9, -4, 9)
    assert (first.headroom, first.temperature_shift, first.classifier) == (0, 2, False)
    assert (second.headroom, second.temperature_shift) == (1, -3)
    assert (last.classifier, last.logit_shift) == (True, 10)


@pytest.mark.parametrize("batch, log2", [(1, 0), (2, 1), (3, 2), (7, 3), (8, 3), (9, 4), (64, 6)])
def test_the_mean_divides_by_the_next_power_of_two(batch, log2):
    assert layer_settings(load_network("mlp"), batch, 0)[0].update_offset == -14 + log2


def test_settings_fit_their_descriptor_fields():
    """For every allowed setting; the update offset is signed."""
    limit = 1 << (FIELDS["update_offset"] - 1)
    for batch in (1, 1023):
        for lr in (-8, 16):
            for t, c in ((-3, 8), (4, -8)):
                net = Network("n", (1, 1, 4), (Dense(8, 1, t), Dense(3)),
                              Training(classifier_lr_shift=c))  # fmt: skip
                for setting in layer_settings(net, batch, lr):
                    assert -limit <= setting.update_offset < limit
                    assert 0 <= setting.logit_shift < 1 << FIELDS["logit_shift"]


def test_initial_weights():
    net = load_network("mlp")
    weights = initial_weights(net, 7)
    assert [w.shape for w in weights] == net.shapes
    for w, fan_in in zip(weights, net.fan_ins, strict=True):
        assert w.dtype == np.int16
        assert abs(w.std() / (4096 / fan_in**0.5) - 1) < 0.06
        assert abs(w.mean()) < 4 * w.std() / w.size**0.5
    assert all((a == b).all() for a, b in zip(weights, initial_weights(net, 7), strict=True))
    assert any((a != b).any() for a, b in zip(weights, initial_weights(net, 8), strict=True))


def test_initial_weights_stay_in_range_for_one_input():
    net = Network("n", (1, 1, 1), (Dense(1000), Dense(2)))
    assert abs(initial_weights(net, 0)[0]).max() <= 32767


def test_initial_shifts():
    assert initial_shifts(load_network("nitro-fashion")) == [14, 12, 12, 0]
    assert initial_shifts(Network("n", (1, 1, 4), (Dense(3),))) == [0]
