"""What the tensors of a checkpoint file must be, before one of them is read."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from lls_hw.driver.errors import InputError

__all__ = ["KINDS", "SHIFTS", "STEP", "Header", "check_headers", "tensor_name"]


class Header(NamedTuple):
    """Type and shape of a tensor as a safetensors file names them."""

    dtype: str
    shape: tuple[int, ...]


class _Kind(NamedTuple):
    """What a tensor must be."""

    dtype: DTypeLike
    dimensions: tuple[int, ...]

    def check(self, name: str, found: Header) -> None:
        """InputError unless a tensor has this type and as many dimensions."""
        wanted = np.dtype(self.dtype)
        if found.dtype != f"I{8 * wanted.itemsize}":
            raise InputError(f"Its tensor {name} has the type {found.dtype}, not {wanted}.")
        if len(found.shape) not in self.dimensions:
            raise InputError(
                f"Its tensor {name} has the shape {found.shape}; it must have "
                f"{' or '.join(map(str, self.dimensions))} dimensions."
            )


KINDS = {
    "weight": _Kind(np.int16, (2,)),
    "modulation": _Kind(np.int16, (1, 2)),
    "velocity": _Kind(np.int32, (2,)),
    "channels": _Kind(np.int32, (2,)),
}
"""Tensors of every layer; a file has a kind for all layers or for none, weights for all."""
SHIFTS = "shifts"
STEP = "step"
"""Tensors of the whole network."""
_WHOLE = {SHIFTS: _Kind(np.int32, (1,)), STEP: _Kind(np.int64, (1,))}
_SHOWN = 40
"""Letters of a name that a message shows."""


def tensor_name(layer: int, kind: str) -> str:
    """The tensor of that kind that belongs to a layer."""
    return f"layers.{layer}.{kind}"


def check_headers(found: Mapping[str, Header]) -> int:
    """Layers of a checkpoint; InputError names the first tensor that is missing, too many or wrong.

    Shapes of layers are compared with a network's later.
    """
    layers = sum(re.fullmatch(r"layers\.\d+\.weight", name) is not None for name in found)
    wanted = dict(_WHOLE)
    for kind, needed in KINDS.items():
        names = [tensor_name(layer, kind) for layer in range(layers)]
        if kind == "weight" or any(name in found for name in names):
            wanted |= dict.fromkeys(names, needed)
    if not layers:
        raise InputError("It has no weights.")
    for name in wanted:
        if name not in found:
            raise InputError(f"It has no tensor {name}.")
    for name, header in found.items():
        if name not in wanted:
            shown = name if len(name) <= _SHOWN else name[:_SHOWN] + "..."
            raise InputError(f"It has a tensor {shown!r}, but {layers} layers, none with it.")
        wanted[name].check(name, header)
    for name, count in ((SHIFTS, layers), (STEP, 1)):
        shape = found[name].shape
        if shape != (count,):
            raise InputError(f"Its tensor {name} has the shape {shape}, not ({count},).")
    return layers
