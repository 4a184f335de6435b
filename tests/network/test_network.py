"""Network descriptions: files, checks, and the constants they turn into."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import FIELDS
from lls_hw.network.file import load_network, network_names, network_of
from lls_hw.network.initial import initial_modulations, initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import IMAGE, Conv, Dense, Network, NetworkError, Training
from lls_hw.program.compiler import compile_network

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


def test_toml_with_a_byte_order_mark(tmp_path):
    """As some editors write it, with their line ends."""
    (tmp_path / "mine.toml").write_text(VALID)
    (tmp_path / "marked.toml").write_bytes(VALID.replace("\n", "\r\n").encode("utf-8-sig"))
    mine, marked = (load_network(tmp_path / f"{name}.toml") for name in ("mine", "marked"))
    assert replace(marked, name="mine") == mine


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (VALID.encode("utf-16"), "is not text in UTF-8; save it so"),
        (VALID.encode("utf-16-le"), "'mine' is not valid TOML"),
        (b"input = [\xff]", "is not text in UTF-8"),
        (b"", "layers is None; it must be a list"),
        (b"offset = " + b"7" * 5000, "'mine' is not valid TOML: Exceeds the limit"),
        (
            f"offset = 0x{'7' * 9000}\nlayers = []\ninput = [1]".encode(),
            "offset is of type int and too long",
        ),
        (b"offset = " + b"[" * 100_000, "'mine' is not valid TOML"),
        (b"a" + b".a" * 100_000 + b" = 1", "'mine' has 100,000 dots; keys of so many parts"),
        (b"a" + b".a" * 1999 + b" = 1", "has no setting 'a'"),
    ],
)
def test_toml_that_is_none(tmp_path, content, message):
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(NetworkError, match=message) as caught:
        load_network(tmp_path / "mine.toml")
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and len(text) < 500


HUGE = int("7" * 9000, 16)
DEEP = []
for _ in range(100_000):
    DEEP = [DEEP]
ODD = (None, True, 1.5, float("nan"), float("inf"), -HUGE, HUGE, "x" * 1000, DEEP, [[]], {"a": []},
       {}, b"bytes")  # fmt: skip
"""What no setting can be."""


@pytest.mark.parametrize("where", ["network", "training", "layer", "convolution"])
def test_settings_of_odd_types(where):
    """Each setting, each value: one short sentence, whatever is in it."""
    good = {"outputs": 4}
    table = {
        "input": [1, 8, 8], "layers": [{"kernel": 3, **good}, good, {"outputs": 3}],
        "training": {"batch": 4}, "basis": "square", "offset": 0, "normalise": False,
        "predict": "vote",
    }  # fmt: skip
    names = {"network": table, "training": vars(Training()), "layer": vars(Dense(4)),
             "convolution": vars(Conv(outputs=4))}[where]  # fmt: skip
    tried = 0
    for name in names:
        for value in ODD:
            changed = {**table, "layers": [dict(layer) for layer in table["layers"]]}
            place = {"network": changed, "training": {"batch": 4}, "layer": changed["layers"][1],
                     "convolution": changed["layers"][0]}[where]  # fmt: skip
            place[name] = value
            if where == "training":
                changed["training"] = place
            if value is True and name in ("normalise", "pool", "average"):
                continue
            if name == "training" and value == {}:
                continue  # all defaults
            tried += 1
            with pytest.raises(NetworkError) as caught:
                network_of("odd", changed)
            text = str(caught.value)
            assert text.endswith(".") and "\n" not in text and len(text) < 500
    assert tried > 50


EXPECTED = {
    "digits": [(64, 48), (48, 32), (32, 10)],
    "mlp": [(784, 128), (128, 64), (64, 10)],
    "nitro-fashion": [(784, 200), (200, 100), (100, 50), (50, 10)],
    "nitro-mnist": [(784, 100), (100, 50), (50, 10)],
    "smallconv": [(9, 32), (288, 64), (576, 128), (512, 512), (512, 10)],
    "smallconv32": [(27, 32), (288, 64), (576, 128), (512, 512), (512, 10)],
    "tinyconv": [(9, 16), (144, 32), (288, 32), (512, 10)],
    "tinyconv32": [(27, 16), (144, 32), (288, 32), (512, 10)],
}


def test_networks_of_the_package():
    assert {name: load_network(name).shapes for name in network_names()} == EXPECTED


def test_derived_values():
    net = load_network("mlp")
    assert (net.inputs, net.classes, net.shapes) == (784, 10, EXPECTED["mlp"])
    net = load_network("smallconv32")
    assert (net.inputs, net.classes) == (3072, 10)
    first, second, third, flat, classifier = net.geometry
    assert [shape.output for shape in net.geometry] == [
        (32, 16, 16), (64, 8, 8), (128, 2, 2), (512, 1, 1), (10, 1, 1),
    ]  # fmt: skip
    assert [shape.latents for shape in net.geometry] == [512, 256, 512, 512, 10]
    assert (first.pool, second.pool, third.pool) == (True, True, False)
    assert (third.average, third.average_shift, first.average_shift) == (True, 4, 0)
    layers = (Conv(kernel=3, outputs=4, cells=2, average=True), Dense(10))
    assert Network("own", (3, 8, 8), layers).geometry[0].average_shift == 3
    assert (flat.kernel_height, flat.kernel_width, classifier.taps) == (2, 2, 1)


def test_a_layer_with_a_kernel_is_a_convolution(tmp_path):
    conv = "kernel = 1, outputs = 7, stride = 2, cells = 2, average = true, average_shift = 5"
    text = f"input = [2, 9, 9]\nlayers = [{{ {conv} }}, {{ outputs = 3 }}]"
    (tmp_path / "mine.toml").write_text(text)
    layer = Conv(kernel=1, outputs=7, stride=2, cells=2, average=True, average_shift=5)
    assert load_network(tmp_path / "mine.toml") == Network("mine", (2, 9, 9), (layer, Dense(3)))


@pytest.mark.parametrize("cell, shift", [(1, 0), (2, 1), (3, 3), (4, 3), (5, 4), (8, 5), (9, 6)])
def test_the_default_average_keeps_half_the_means_resolution(cell, shift):
    """Averages of cells of `cell` x `cell` pixels, by default and by order."""
    conv = Conv(outputs=1, cells=1, average=True)
    assert conv.shape(1, cell, cell).average_shift == shift
    assert replace(conv, average_shift=0).shape(1, cell, cell).average_shift == 0
    assert replace(conv, average_shift=9).shape(1, cell, cell).average_shift == 9


CONV = "{ kernel = 3, outputs = 4"
BAD = {
    "input = [1, 28]": r"input is \[1, 28\]; give channels, height and width",
    "input = 784": "input is 784; it must be a list",
    "input = [1, 0, 8]": "a size in input is 0",
    "input = [3, 64, 64]": "inputs of an output of layer 1 is 12288; it must .* 1..8192",
    "layers = []": "has 0 layers",
    f"layers = [{'{ outputs = 4 },' * 17}]": "has 17 layers",
    "layers = [{ outputs = 0 }]": "outputs of a layer is 0",
    "layers = [{ outputs = -3 }]": "outputs of a layer is -3",
    "layers = [{ outputs = 4096 }, { outputs = 10 }]": "layer 1: outputs of a layer is 4096",
    "layers = [{ outputs = 1.5 }]": "outputs of a layer is 1.5",
    "layers = [{ outputs = true }]": "outputs of a layer is True",
    "layers = [{ outputs = 1 }]": r"the classes\) is 1",
    "layers = [{ outputs = 257 }]": r"the classes\) is 257",
    "layers = [{ outputs = 10, headroom = 7 }]": "headroom of a layer is 7",
    "layers = [{ outputs = 10, temperature_shift = 5 }]": "temperature_shift of a layer is 5",
    "layers = [{ outputs = 10, bias = true }]": "layer 1 has no setting 'bias'; it has outputs",
    "layers = [{}]": "layer 1 has no outputs",
    "layers = [{ kernel = 3, outputs = 4, depthwise = true }]": "layer 1 sets depthwise: the array has no depthwise convolutions",
    "layers = [{ kernel = 3, outputs = 4, groups = 4 }]": "layer 1 sets groups: .* use a dense",
    "layers = [{ outputs = 4, modulation = 'full' }, { outputs = 9 }]": "modulation of a layer is 'full'; it must be one of none, vector, matrix",
    "layers = [{ outputs = 4, modulation = 'vector' }]": "modulation of the last layer is 'vector'",
    "basis = 'sawtooth'": "basis is 'sawtooth'; it must be one of square, cosine",
    "training = { momentum_shift = 8 }": r"momentum_shift is 8; it must be a whole number, 0\.\.7",
    "training = { momentum_shift = true }": "momentum_shift is True",
    "training = { modulation_lr_shift = 9 }": "modulation_lr_shift is 9",
    "layers = [10]": "layer 1 is 10; it must be a table",
    "layers = [{ kernel = 5, outputs = 4 }]": "layer 1: kernel of a .* is 5; .* does 1, 3",
    "layers = [{ kernel = true, outputs = 4 }]": "layer 1: kernel of a convolution is True",
    f"layers = [{CONV} }}, {{ kernel = 2, outputs = 4 }}]": "layer 2: kernel of a .* is 2",
    "layers = [{ kernel = 3, outputs = 4, stride = 3 }]": "layer 1: stride .* is 3; .* does 1, 2",
    "layers = [{ kernel = 3, outputs = 4, cells = 3 }]": "layer 1: cells .* is 3; .* does 1, 2, 4",
    "layers = [{ kernel = 3, outputs = 4, cells = 2.0 }]": "layer 1: cells .* is 2.0",
    f"layers = [{CONV}, pool = 3 }}]": "layer 1: pool of a convolution is 3; .* true or false",
    f"layers = [{CONV}, average = 'no' }}]": "layer 1: average of a convolution is 'no'",
    "layers = [{ kernel = 3, outputs = 4, average_shift = 16 }]": "average_shift of .* is 16",
    "layers = [{ kernel = 3, outputs = 4, headroom = 7 }]": "headroom of a layer is 7",
    "layers = [{ kernel = 3, outputs = 4, bias = 1 }]": "layer 1 has no setting 'bias'",
    "layers = [{ kernel = 3, outputs = 4 }]": "The last layer is a convolution",
    f"layers = [{CONV}, pool = true, average = true }}, {{ outputs = 9 }}]": "pool and average",
    f"layers = [{CONV}, pool = true }}, {CONV} }}, {CONV}, stride = 2 }}, {{ outputs = 9 }}]": "layer 3: a map of 2 x 2 pixels cannot be cut into 4 x 4 cells",
    "layers = [{ kernel = 3, outputs = 200, cells = 4 }, { outputs = 9 }]": "inputs of an output of layer 2 is 12800",
    "layers = [{ kernel = 3, outputs = 256, cells = 4, average = true }, { outputs = 9 }]": "latents of layer 1 is 4096; it must be a whole number, 1..4095",
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


@pytest.mark.parametrize("size, cells, message", [
    ((3, 8), 4, "a map of 3 x 8 pixels cannot be cut into 4 x 4 cells"),
    ((8, 1), 2, "a map of 8 x 1 pixels"),
    ((33, 32), 1, "a cell has 1056 pixels; sums are exact up to 1032"),
    ((65, 65), 2, "a cell has 1089 pixels"),
    ((5, 256), 4, "width of the map of layer 1 is 256; it must be a whole number, 1..255"),
])  # fmt: skip
def test_maps_that_cannot_be_used(size, cells, message):
    with pytest.raises(NetworkError, match=message):
        Network("n", (1, *size), (Conv(outputs=1, cells=cells), Dense(2)))


@pytest.mark.parametrize("size, cells", [((4, 8), 4), ((24, 43), 1), ((64, 64), 2), ((5, 255), 4)])
def test_maps_at_the_limit(size, cells):
    network = Network("n", (1, *size), (Conv(outputs=1, cells=cells, average=True), Dense(2)))
    assert network.geometry[0].output == (1, cells, cells)


def test_pooling_needs_two_pixels():
    layer = Conv(outputs=4, cells=1, pool=True)
    with pytest.raises(NetworkError, match="cannot be cut into 1 x 1 cells or pooled"):
        Network("n", (1, 1, 2), (layer, Dense(2)))
    assert Network("n", (1, 2, 3), (layer, Dense(2))).shapes == [(9, 4), (4, 2)]


def test_unknown_names_and_files(tmp_path):
    with pytest.raises(NetworkError, match="no network 'vgg'.*digits, mlp, nitro-fashion"):
        load_network("vgg")
    with pytest.raises(NetworkError, match="cannot be read"):
        load_network(tmp_path / "missing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NetworkError, match="is not text"):
        load_network(tmp_path / "binary.toml")


def test_modulations_learn_alike_with_steps_of_channels():
    """At their first rate, 2**-10, as with steps of a layer at 2**0: 16 - 12 + log2(8) + 4."""
    layers = (Dense(8, modulation="matrix"), Dense(3))
    own = Network("own", (1, 2, 2), layers, Training(batch=8, step="channel"))
    plain = Network("own", (1, 2, 2), layers, Training(batch=8))
    assert layer_settings(own, 8, 10)[0].modulation_shift == 11
    assert layer_settings(plain, 8, 0)[0].modulation_shift == 11
    assert layer_settings(own, 8, 13)[0].modulation_shift == 14


def test_steps_of_channels_need_no_choice_of_rates():
    """They are relative: the default falls from 2**-10 to 2**-13 over any run."""
    default = Training(step="channel")
    assert (default.schedule, default.lr_shifts[0], default.lr_shifts[-1]) == ("run", 10, 13)
    assert [default.lr_shift(s, 10, 3) for s in (0, 29)] == [10, 13]
    assert (Training().schedule, Training().lr_shifts) == ("epochs", (1,))


def test_learning_rate_schedule():
    assert [Training(lr_shifts=(0, 2)).lr_shift(s, 10, 1) for s in (0, 9, 10, 99)] == [0, 0, 2, 2]
    halves = Training(lr_shifts=(0, 1, 3), stretches=2)
    assert [halves.lr_shift(s, 5, 2) for s in range(12)] == [0, 0, 0, 1, 1, 3, 3, 3, 3, 3, 3, 3]


def test_learning_rates_spread_over_a_run():
    """Three rates over two epochs of five steps; a step beyond has the last one."""
    whole = Training(lr_shifts=(0, 1, 3), schedule="run")
    assert [whole.lr_shift(s, 5, 2) for s in range(11)] == [0, 0, 0, 0, 1, 1, 1, 3, 3, 3, 3]
    assert [whole.lr_shift(s, 5, 1) for s in range(5)] == [0, 0, 1, 1, 3]


def test_layer_settings():
    """Weights Q12, batch 16: 10 - 24 + 4 + lr_shift - t; the classifier adds 12 + 6."""
    net = Network("n", (1, 1, 4), (Dense(8, 0, 2), Dense(8, 1, -3), Dense(3)),
                  Training(classifier_lr_shift=-2))  # fmt: skip
    first, second, last = layer_settings(net, 16, 3)
    assert (first.update_offset, second.update_offset, last.update_offset) == (-9, -4, 9)
    assert (first.headroom, first.temperature_shift, first.classifier) == (0, 2, False)
    assert (second.headroom, second.temperature_shift) == (1, -3)
    assert (last.classifier, last.logit_shift) == (True, 10)


def test_variants(tmp_path):
    """16 - 12 + log2(16) + lr_shift + modulation_lr_shift - t, never negative."""
    (tmp_path / "mine.toml").write_text("""
        basis = "cosine"
        input = [1, 8, 8]
        layers = [
            { kernel = 3, outputs = 4, modulation = "matrix" },
            { outputs = 5, temperature_shift = 3, modulation = "vector" },
            { outputs = 3 },
        ]
        [training]
        modulation_lr_shift = -5
    """)
    net = load_network(tmp_path / "mine.toml")
    assert (net.basis, net.widest) == ("cosine", 64)
    assert [layer.modulation for layer in net.layers] == ["matrix", "vector", "none"]
    settings = layer_settings(net, 16, 1)
    assert [s.modulation_shift for s in settings] == [4, 1, 0]
    assert [s.basis_shift for s in settings] == [7, 7, 0]
    assert layer_settings(net, 16, -8)[0].modulation_shift == 0
    matrix, vector, none = initial_modulations(net)
    assert (matrix == 4096 * np.eye(3)).all() and (vector == [4096] * 3).all() and not none.size
    assert [s.basis_shift for s in layer_settings(load_network("mlp"), 16, 1)] == [0, 0, 0]


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
                    assert 0 <= setting.modulation_shift < 1 << FIELDS["modulation_shift"]


def test_initial_weights():
    net = load_network("mlp")
    weights = initial_weights(net, 7)
    assert [w.shape for w in weights] == net.shapes
    for w, fan_in in zip(weights, (784, 128, 64), strict=True):
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


def test_the_graph_is_a_chain_today():
    """Sources and readers are each other's inverse, and every layer but the last is read."""
    network = load_network("tinyconv")
    assert network.sources == (IMAGE, 0, 1, 2)
    assert network.readers(IMAGE) == (0,)
    assert [network.readers(k) for k in range(4)] == [(1,), (2,), (3,), ()]
    assert network.classifier == 3
    for layer, source in enumerate(network.sources):
        assert layer in network.readers(source)


def test_the_readmes_network_fits_the_default_engine(tmp_path):
    """The one in the README, as a user would copy it."""
    lines = (Path(__file__).parents[2] / "README.md").read_text().splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("    input = ["))
    block = []
    for line in lines[start:]:
        if line and not line.startswith("    "):
            break
        block.append(line[4:])
    file = tmp_path / "mine.toml"
    file.write_text("\n".join(block))
    network = load_network(file)
    assert len(network.layers) == 3
    compile_network(network, preset("small"), network.training.batch)
