"""Layers of a PyTorch `nn.Sequential`, as the engine has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from lls_hw.network.checks import NetworkError
from lls_hw.network.layers import Conv, Dense
from lls_hw.network.torch_modules import (
    CELLS,
    Weights,
    average_cells,
    check_flatten,
    check_max_pool,
    check_slope,
    conv_of,
    dense_of,
    kind_of,
    normalisation_of,
    reason_against,
    refuse,
)

__all__ = ["TorchLayer", "read_modules"]

LATENTS = 512
"""A convolution gets the most cells with which it has no more latents than this."""
_HARMLESS = ("Identity", "Dropout", "Dropout2d")
"""At inference they do nothing, and the engine trains without them."""


@dataclass
class TorchLayer:
    """A layer with what its modules say of it."""

    where: str
    layer: Conv | Dense
    weight: Weights
    """(fan_in, fan_out), in the engine's order of inputs."""
    gain: Weights | None = None
    """(fan_out,) A batch normalisation hands on gain * outputs + shift."""
    shift: Weights | None = None
    active: str = ""
    """Its activation."""


def read_modules(module: Any, input: Sequence[int]) -> list[TorchLayer]:
    """The layers of a module on images of (channels, height, width).

    NetworkError names the first module that the engine lacks, and the reason.
    """
    if kind_of(module) != "Sequential":
        raise NetworkError(
            f"The module is of type {type(module).__name__}; give an nn.Sequential: the engine "
            "computes one layer after another."
        )
    reader = _Reader(tuple(input))
    for path, child in _flat(module):
        reader.read(f"Module {path!r} ({type(child).__name__})", child)
    return reader.finish()


def _flat(module: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All modules in their order, with their paths; one may occur twice."""
    for name, child in module._modules.items():
        if kind_of(child) == "Sequential":
            yield from _flat(child, f"{prefix}{name}.")
        else:
            yield prefix + name, child


class _Reader:
    """Reads one module after another; `_shape` is the map (C, H, W) that the next one gets, and
    `_given` the one that the last layer got."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._layers: list[TorchLayer] = []
        self._shape = self._given = shape
        self._vector = prod(shape) == max(shape)
        self._end = ""

    def read(self, where: str, module: Any) -> None:
        """Takes the next module."""
        kind = kind_of(module)
        if self._end and kind not in _HARMLESS:
            refuse(where, f"it follows {self._end}, which must be the last")
        if kind in ("Conv2d", "Linear"):
            self._layer(where, module)
        elif kind == "Flatten":
            check_flatten(where, module)
            self._vector = True
        elif kind in ("LeakyReLU", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm1d",
                      "BatchNorm2d", "Softmax", "LogSoftmax"):  # fmt: skip
            self._after_layer(kind, where, module)
        elif kind not in _HARMLESS:
            refuse(where, reason_against(module))

    def finish(self) -> list[TorchLayer]:
        """All layers."""
        if not self._layers:
            raise NetworkError("The module has no layers; give at least one nn.Linear.")
        last = self._layers[-1]
        if isinstance(last.layer, Conv):
            refuse(last.where, "it is the last layer; end with nn.Flatten() and nn.Linear")
        if last.active:
            refuse(last.active, "it follows the last layer; the engine's classifier has none")
        return self._layers

    def _layer(self, where: str, module: Any) -> None:
        """A convolution or a fully connected layer."""
        self._check_active(where)
        count, height, width = self._shape
        if kind_of(module) == "Conv2d":
            if self._vector and self._layers:
                refuse(where, "it gets a vector; put convolutions before nn.Flatten()")
            if module.in_channels != count:
                refuse(where, f"it has {module.in_channels} input channels but gets {count}")
            conv, weight = conv_of(where, module)
            layer: Conv | Dense = replace(conv, cells=_cells(conv, self._shape))
            self._vector = False
        else:
            if not self._vector:
                refuse(
                    where, f"it gets a map of {height} x {width} pixels; put nn.Flatten() before"
                )
            if module.in_features != prod(self._shape):
                given = f"{prod(self._shape)} ({count} x {height} x {width})"
                refuse(where, f"it has {module.in_features} inputs but gets {given}")
            layer, weight = dense_of(where, module, self._shape)
        self._layers.append(TorchLayer(where, layer, weight))
        self._given = self._shape
        self._reshape()

    def _after_layer(self, kind: str, where: str, module: Any) -> None:
        """What follows a layer."""
        if not self._layers:
            refuse(where, "it stands before the first layer; give mean and std of the images")
        last = self._layers[-1]
        if kind == "LeakyReLU":
            check_slope(where, module)
            if last.active:
                refuse(where, f"it is a second activation, after {last.active}")
            if last.gain is not None:
                refuse(where, "it follows a normalisation; put the normalisation after it")
            last.active = where
        elif kind in ("Softmax", "LogSoftmax"):  # scores are probabilities anyhow
            if module.dim not in (1, -1):
                refuse(where, f"its dim is {module.dim}; scores are those of the classes, dim 1")
            self._check_last(where)
            self._end = where
        elif kind in ("BatchNorm1d", "BatchNorm2d"):
            self._normalise(where, module)
        else:
            self._pool(kind, where, module)

    def _pool(self, kind: str, where: str, module: Any) -> None:
        """Max pooling may come before the activation and a normalisation that rises."""
        last, layer = self._layers[-1], self._layers[-1].layer
        if not isinstance(layer, Conv) or self._vector:
            refuse(where, "it gets a vector; the engine pools the maps of convolutions")
        if layer.pool or layer.average:
            refuse(where, "it is a second pooling; the engine has one after each convolution")
        if kind == "MaxPool2d":
            check_max_pool(where, module)
            if last.gain is not None and (last.gain < 0).any():
                refuse(where, "it follows a normalisation with negative weights; put it before")
            last.layer = replace(layer, pool=True)
        else:
            self._check_active(where)
            cells = average_cells(where, module, *self._shape[1:])
            last.layer = replace(layer, average=True, cells=cells)
        self._reshape()

    def _normalise(self, where: str, module: Any) -> None:
        last = self._layers[-1]
        if not last.active:
            refuse(where, "it comes before the activation; the engine normalises after it")
        if last.gain is not None:
            refuse(where, "it is a second normalisation of a layer")
        if module.num_features != last.layer.outputs:
            refuse(
                where,
                f"it has {module.num_features} channels, its layer {last.layer.outputs}; normalise "
                "before nn.Flatten()",
            )
        last.gain, last.shift = normalisation_of(where, module)

    def _check_active(self, where: str) -> None:
        if self._layers and not self._layers[-1].active:
            refuse(
                where,
                f"there is no LeakyReLU after {self._layers[-1].where}; every layer of the engine "
                "but the last has one",
            )

    def _check_last(self, where: str) -> None:
        last = self._layers[-1]
        if last.active or isinstance(last.layer, Conv):
            refuse(where, "it follows no nn.Linear; it may only stand at the end")

    def _reshape(self) -> None:
        """The map after the layers so far."""
        last = self._layers[-1]
        try:
            self._shape = last.layer.shape(*self._given).output
        except NetworkError as error:
            refuse(last.where, str(error).rstrip("."))


def _cells(layer: Conv, shape: tuple[int, ...]) -> int:
    """Cells of the latents in each direction: the most that are few, or the fewest that fit."""
    fitting = [n for n in CELLS if _fits(replace(layer, cells=n), shape)]
    few = [n for n in fitting if n * n * layer.outputs <= LATENTS]
    return max(few, default=min(fitting, default=1))


def _fits(layer: Conv, shape: tuple[int, ...]) -> bool:
    try:
        layer.shape(*shape)
    except NetworkError:
        return False
    return True
