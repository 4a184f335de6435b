"""Descriptors: what the host writes into the program memory, defined once.

A program is a list of descriptors, each WORDS 32-bit elements of `Space.PROGRAM`. The sequencer
issues them in order; `wait_array` and `wait_local` hold a descriptor back until that unit is
idle, so the local update of one layer overlaps the products of another.
"""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["FIELDS", "SIGNED", "WORDS", "Descriptor", "Operation"]


class Operation(IntEnum):
    """What a descriptor does."""

    END = 0
    """End of the program; `train` counts the run as a training step."""
    FORWARD = 1
    """Products, activation, latents of one layer."""
    LOCAL = 2
    """Learning signal of one layer (classifier: predictions as well)."""
    GRADIENT = 3
    """Weight gradient and weight update of one layer."""


FIELDS: dict[str, int] = {
    "operation": 2,
    "wait_array": 1,
    "wait_local": 1,
    "classifier": 1,
    "train": 1,
    "layer": 4,
    "headroom": 3,
    "logit_shift": 5,
    "temperature_shift": 4,
    "update_offset": 8,
    "samples": 10,
    "classes": 9,
    "length": 12,
    "in_tiles": 12,
    "out_tiles": 12,
    "x_base": 20,
    "x_buffer": 20,
    "x_stride": 12,
    "weight_base": 20,
    "act_base": 20,
    "act_stride": 12,
    "latent_base": 16,
    "basis_stride": 12,
}
"""Field widths in bits, lowest bits first."""
SIGNED = frozenset({"temperature_shift", "update_offset"})
WORDS = -(-sum(FIELDS.values()) // 32)


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """One operation on one layer. Addresses and strides are in words of the memory they name.

    `x_buffer` is added to `x_base` when the run uses input buffer 1. `samples` is the batch,
    `length` the number of outputs without padding, `in_tiles` fan-in in units of `rows`,
    `out_tiles` fan-out in units of `cols`.
    """

    operation: Operation
    wait_array: bool = True
    wait_local: bool = False
    classifier: bool = False
    train: bool = False
    layer: int = 0
    headroom: int = 0
    logit_shift: int = 0
    temperature_shift: int = 0
    update_offset: int = 0
    samples: int = 1
    classes: int = 0
    length: int = 0
    in_tiles: int = 1
    out_tiles: int = 1
    x_base: int = 0
    x_buffer: int = 0
    x_stride: int = 0
    weight_base: int = 0
    act_base: int = 0
    act_stride: int = 0
    latent_base: int = 0
    basis_stride: int = 0

    def words(self) -> list[int]:
        """The descriptor as WORDS 32-bit integers; ValueError when a field does not fit."""
        packed, position = 0, 0
        for name, width in FIELDS.items():
            value = int(getattr(self, name))
            low, high = (-(1 << width - 1), 1 << width - 1) if name in SIGNED else (0, 1 << width)
            if not low <= value < high:
                raise ValueError(
                    f"Descriptor field {name} is {value}; it must lie in {low}..{high - 1}."
                )
            packed |= (value & ((1 << width) - 1)) << position
            position += width
        return [packed >> 32 * k & 0xFFFFFFFF for k in range(WORDS)]


