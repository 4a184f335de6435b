"""A trained PyTorch module as a network and a state of a board."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from lls_hw.contract import formats as f
from lls_hw.datasets.arrays import as_images
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.network.modules import read_modules
from lls_hw.network.network import Network, Training

__all__ = ["module_state"]

WHITE = 127.5
"""Integers of an input between black and white."""


def module_state(
    module: Any,
    images: Any,
    scaling: tuple[object, object],
    input: Sequence[int] | None,
    channels: str | None,
    name: str,
    training: object,
) -> tuple[Network, TrainingState]:
    """Network and state of a module; arguments as in `Model.from_torch`, `scaling` mean and std."""
    training = Training() if training is None else training
    if not isinstance(training, Training):
        raise InputError(f"training is {training!r}; give an lls_hw.Training.")
    offset, unit = _inputs(*scaling)
    settings: dict[str, Any] = {"name": name, "training": training, "offset": offset}
    if input is None:
        pixels = as_images(images, None, channels)
        network = Network.from_torch(module, pixels.shape[1:], **settings)
    else:
        network = Network.from_torch(module, input, **settings)
        pixels = as_images(images, network.input, channels)
    from lls_hw.golden.transfer import transferred

    layers = read_modules(module, network.input)
    return transferred(network, layers, quantise(pixels, offset), unit)


def _inputs(mean: object, std: object) -> tuple[int, float]:
    """Offset of the inputs, and the module's value of one; InputError if the engine lacks it."""
    for what, value in (("mean", mean), ("std", std)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise InputError(
                f"{what} is {value!r}; give one number for all channels: the engine subtracts one "
                "offset from all of them."
            )
    assert isinstance(mean, int | float) and isinstance(std, int | float)
    offset = round(mean * WHITE)
    if not 0 <= offset <= f.ACT_MAX:
        raise InputError(
            f"mean is {mean}; images from 0 to 1 have a mean from 0 to 1: give it in that unit."
        )
    if std <= 0:
        raise InputError(f"std is {std}; it must be larger than 0.")
    return offset, 1 / (WHITE * std)
