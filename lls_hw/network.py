"""Network descriptions: Python objects, their TOML files, and what the arithmetic needs of them."""

import tomllib
from dataclasses import MISSING, dataclass, fields
from importlib import resources
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lls_hw import formats as f
from lls_hw.errors import LlsError
from lls_hw.program.descriptor import FIELDS

__all__ = [
    "Dense", "LayerSettings", "Network", "NetworkError", "Training", "initial_shifts",
    "initial_weights", "layer_settings", "load_network", "network_names",
]  # fmt: skip

WEIGHT_FRACTION = 12
"""Weights are read as Q12 numbers: 4096 is one."""
CLASSIFIER_INPUT_FRACTION = 6
"""The classifier reads its input activations as Q6 numbers: 64 is one."""
INITIAL_SHIFTS = (WEIGHT_FRACTION + 2, WEIGHT_FRACTION)
"""Requantisation shift of the first layer and of all others for the first batch. Initial sums
have, whatever the fan-in, the effective value of their inputs, and their largest is about four
times that: 256 for images, 64 for activations with a bit of headroom."""
MAX_OUTPUTS = (1 << FIELDS["length"]) - 1
MAX_INPUTS = min(f.MAX_FAN_IN, 1 << f.NOISE_INDEX_BITS)
MAX_LAYERS = 1 << FIELDS["layer"]
MAX_CLASSES = 256


class NetworkError(LlsError, ValueError):
    """A network description that cannot be used."""


def _check(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise NetworkError(f"{name} is {value!r}; it must be a whole number, {low}..{high}.")


@dataclass(frozen=True, kw_only=True)
class LayerSettings:
    """What the arithmetic of one layer needs besides its weights."""

    classifier: bool
    """The last layer: logits, no activation."""
    headroom: int = 1
    """Bits kept free above the largest activation of the previous batch."""
    temperature_shift: int = 0
    """T = 2**-temperature_shift."""
    logit_shift: int = 0
    """Classifier only: right shift from accumulator to Q8 logit."""
    update_offset: int = 0
    """Constant part of the update shift; holds learning rate, batch size and weight format."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer; its own LLS block unless it is the network's classifier."""

    outputs: int
    headroom: int = 1
    """Bits kept free above the largest activation of the previous batch."""
    temperature_shift: int = 0
    """T = 2**-temperature_shift of the block's local loss."""

    def __post_init__(self) -> None:
        _check("outputs of a layer", self.outputs, 1, MAX_OUTPUTS)
        _check("headroom of a layer", self.headroom, 0, f.ACT_BITS - 2)
        low, high = f.TEMPERATURE_SHIFTS[0], f.TEMPERATURE_SHIFTS[-1]
        _check("temperature_shift of a layer", self.temperature_shift, low, high)


@dataclass(frozen=True)
class Training:
    """Batch size and learning rates, which are powers of two."""

    batch: int = 16
    lr_shifts: tuple[int, ...] = (1,)
    """Learning rate 2**-lr_shift of each stretch of training; the last one goes on for ever."""
    stretches: int = 1
    """Stretches an epoch is cut into; 1: the learning rate changes between epochs only."""
    classifier_lr_shift: int = 0
    """Added to lr_shift for the classifier."""

    def __post_init__(self) -> None:
        _check("batch", self.batch, 1, (1 << FIELDS["samples"]) - 1)
        _check("stretches", self.stretches, 1, 1024)
        _check("classifier_lr_shift", self.classifier_lr_shift, -8, 8)
        if not self.lr_shifts:
            raise NetworkError("lr_shifts is empty; give at least one, for example [1].")
        for shift in self.lr_shifts:
            _check("a number in lr_shifts", shift, -8, 16)

    def lr_shift(self, step: int, steps: int) -> int:
        """Learning-rate shift of a step, counted from 0, with so many steps an epoch."""
        return self.lr_shifts[min(step * self.stretches // steps, len(self.lr_shifts) - 1)]


@dataclass(frozen=True)
class Network:
    """A stack of layers; the last one is the classifier, each other one an LLS block."""

    name: str
    input: tuple[int, int, int]
    """Channels, height and width of an image."""
    layers: tuple[Dense, ...]
    training: Training = Training()

    def __post_init__(self) -> None:
        if len(self.input) != 3:
            raise NetworkError(
                f"input is {list(self.input)}; give channels, height and width, "
                "for example [1, 28, 28]."
            )
        for size in self.input:
            _check("a size in input", size, 1, MAX_INPUTS)
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise NetworkError(
                f"The network has {len(self.layers)} layers; it must have 1 to {MAX_LAYERS}, "
                "the last being the classifier."
            )
        _check("outputs of the last layer (the classes)", self.classes, 2, MAX_CLASSES)
        _check("the number of inputs, channels x height x width,", self.inputs, 1, MAX_INPUTS)

    @property
    def inputs(self) -> int:
        """Values of one image."""
        return prod(self.input)

    @property
    def classes(self) -> int:
        """Outputs of the classifier."""
        return self.layers[-1].outputs

    @property
    def fan_ins(self) -> tuple[int, ...]:
        """Inputs of each layer."""
        return (self.inputs, *(layer.outputs for layer in self.layers[:-1]))

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each layer."""
        return list(pairwise((self.inputs, *(layer.outputs for layer in self.layers))))


_Settings = TypeVar("_Settings", Dense, Training)


def layer_settings(network: Network, batch: int, lr_shift: int) -> list[LayerSettings]:
    """Constants of each layer for steps of `batch` samples at learning rate 2**-lr_shift.

    The mean over the batch divides by the next power of two at or above `batch`.
    `docs/numerics.md` derives the offsets.
    """
    common = 10 - 2 * WEIGHT_FRACTION + (batch - 1).bit_length() + lr_shift
    logit_fraction = WEIGHT_FRACTION + CLASSIFIER_INPUT_FRACTION
    hidden = [
        LayerSettings(
            classifier=False,
            headroom=layer.headroom,
            temperature_shift=layer.temperature_shift,
            update_offset=common - layer.temperature_shift,
        )
        for layer in network.layers[:-1]
    ]
    classifier = LayerSettings(
        classifier=True,
        logit_shift=logit_fraction - f.LOGIT_FRACTION,
        update_offset=common + logit_fraction + network.training.classifier_lr_shift,
    )
    return [*hidden, classifier]


def initial_weights(network: Network, seed: int) -> list[NDArray[np.int16]]:
    """Uniform integers with standard deviation 2**12 / sqrt(fan_in), (fan_in, fan_out) each."""
    rng = np.random.default_rng(seed)
    weights = []
    for fan_in, fan_out in network.shapes:
        limit = round((1 << WEIGHT_FRACTION) * (3 / fan_in) ** 0.5)
        weights.append(rng.integers(-limit, limit, (fan_in, fan_out), np.int16, endpoint=True))
    return weights


def initial_shifts(network: Network) -> list[int]:
    """Requantisation shift of each layer for the first batch; the classifier has none."""
    first, other = INITIAL_SHIFTS
    return [first, *[other] * len(network.layers)][: len(network.layers) - 1] + [0]


def network_names() -> list[str]:
    """Names of the networks that come with the package."""
    folder = resources.files("lls_hw") / "networks"
    return sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if ".toml" in e.name)


def load_network(name_or_path: str | Path) -> Network:
    """A network that comes with the package, by name, or a TOML file of the user's."""
    text_name = str(name_or_path)
    if text_name in network_names():
        text = (resources.files("lls_hw") / "networks" / f"{text_name}.toml").read_text()
        return _parse(text_name, text)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        raise NetworkError(
            f"There is no network {text_name!r}; give the name of a .toml file or one of "
            f"{', '.join(network_names())}."
        )
    try:
        return _parse(path.stem, path.read_text())
    except OSError as error:
        raise NetworkError(
            f"The network file {path} cannot be read ({error.strerror}); check its name."
        ) from error
    except UnicodeDecodeError as error:
        raise NetworkError(f"The network file {path} is not text; give a TOML file.") from error


def _parse(name: str, text: str) -> Network:
    """Network of a TOML text; the errors name the network."""
    try:
        table = tomllib.loads(text)
        _known(table, "a network", "input", "layers", "training")
        layers = _list(table, "layers")
        training = table.get("training", {})
        return Network(
            name,
            tuple(_list(table, "input")),
            tuple(_table(Dense, f"layer {k + 1}", layer) for k, layer in enumerate(layers)),
            _table(Training, "training", training),
        )
    except tomllib.TOMLDecodeError as error:
        raise NetworkError(f"Network {name!r} is not valid TOML: {error}.") from error
    except NetworkError as error:
        raise NetworkError(f"Network {name!r}: {error}") from error


def _known(table: dict[str, Any], where: str, *names: str) -> None:
    for key in table:
        if key not in names:
            raise NetworkError(f"{where} has no setting {key!r}; it has {', '.join(names)}.")


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    if not isinstance(value, list):
        raise NetworkError(f"{key} is {value!r}; it must be a list.")
    return value


def _table(kind: type[_Settings], where: str, table: object) -> _Settings:
    """A dataclass from a TOML table; lists become tuples."""
    if not isinstance(table, dict):
        raise NetworkError(f"{where} is {table!r}; it must be a table.")
    _known(table, where, *(field.name for field in fields(kind)))
    for field in fields(kind):
        if field.default is MISSING and field.name not in table:
            raise NetworkError(f"{where} has no {field.name}; add {field.name} = a number.")
        if isinstance(field.default, tuple) and field.name in table:
            _list(table, field.name)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return kind(**values)
