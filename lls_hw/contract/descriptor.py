"""Descriptors: what the host writes into the program memory, defined once.

A program is a list of descriptors, each WORDS 32-bit elements of `Space.PROGRAM`. The sequencer
issues them in order; `wait_array` and `wait_local` hold a descriptor back until that unit is
idle, so the local update of one layer overlaps the products of another.
"""

from dataclasses import dataclass
from enum import IntEnum

from lls_hw.contract.config import Config

__all__ = [
    "FIELDS", "SIGNED", "WITHOUT_MAPS", "WORDS", "WRAPPING", "Descriptor", "Operation", "largest",
]  # fmt: skip


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
    "pixels": 15,
    "band": 15,
    "out_width": 8,
    "out_height": 8,
    "cell_bits": 2,
    "channels": 12,
    "in_channels": 13,
    "in_tiles": 12,
    "out_tiles": 12,
    "kernel_width": 6,
    "kernel_height": 6,
    "packed": 1,
    "pad_first": 1,
    "pad_right": 1,
    "pad_bottom": 1,
    "pool": 1,
    "average": 1,
    "average_shift": 4,
    "x_base": 20,
    "x_buffer": 20,
    "x_step": 12,
    "x_row_step": 20,
    "x_sample_step": 20,
    "tap_step": 12,
    "tap_row_step": 20,
    "weight_base": 20,
    "act_base": 20,
    "act_stride": 12,
    "latent_base": 16,
    "sign_base": 20,
    "basis_stride": 12,
    "cosine": 1,
    "modulation": 2,
    "modulation_shift": 6,
    "modulation_base": 15,
}
"""Field widths in bits, lowest bits first."""
SIGNED = frozenset({"temperature_shift", "update_offset"})
WRAPPING = frozenset({"x_base", "x_row_step", "x_sample_step"})
"""Addresses and steps that may be negative: they are stored modulo their width."""
WITHOUT_MAPS = {
    "out_width": 1, "out_height": 1, "cell_bits": 0, "kernel_width": 1, "kernel_height": 1,
    "packed": 0, "pad_first": 0, "pad_right": 0, "pad_bottom": 0, "pool": 0, "average": 0,
    "average_shift": 0, "x_step": 0, "x_row_step": 0, "tap_step": 0, "tap_row_step": 0,
}  # fmt: skip
"""Fields that an engine without maps does not look at, and what it takes for them: a fully
connected layer has one pixel a sample and one tap, so no step to another one is ever taken."""
WORDS = -(-sum(FIELDS.values()) // 32)


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """One operation on one layer. Addresses and steps are in words of the memory they name."""

    operation: Operation
    wait_array: bool = True
    """Hold the descriptor back until the array is idle."""
    wait_local: bool = False
    """Hold the descriptor back until the local update unit is idle."""
    classifier: bool = False
    train: bool = False
    layer: int = 0
    headroom: int = 0
    logit_shift: int = 0
    temperature_shift: int = 0
    update_offset: int = 0
    samples: int = 1
    """Images of the batch."""
    classes: int = 0
    pixels: int = 1
    """Outputs a channel of the whole batch: samples * out_height * out_width."""
    band: int = 1
    """Pixels whose sums are accumulated at once."""
    out_width: int = 1
    out_height: int = 1
    cell_bits: int = 0
    """The latents of a channel are 2**cell_bits x 2**cell_bits cells of the map."""
    channels: int = 1
    """Output channels, without padding."""
    in_channels: int = 1
    """Input channels, without padding."""
    in_tiles: int = 1
    """Input channels in units of rows, rounded up."""
    out_tiles: int = 1
    """Output channels in units of cols, rounded up."""
    kernel_width: int = 1
    kernel_height: int = 1
    packed: bool = False
    """The input comes from the image memory through the patch packer: x_base and x_row_step are
    in its words, and `in_tiles` counts values of a patch."""
    pad_first: bool = False
    """The first row and column of the kernel lie outside for the first pixels."""
    pad_right: bool = False
    """The last column of the kernel lies outside for the last pixel of a row."""
    pad_bottom: bool = False
    """The last row of the kernel lies outside for the last row of pixels."""
    pool: bool = False
    """2 x 2 max pooling behind the activation."""
    average: bool = False
    """The output is the requantised cell sums instead of the activations."""
    average_shift: int = 0
    x_base: int = 0
    """Word of the first tap of the first pixel; may lie before the map."""
    x_buffer: int = 0
    """Added to x_base when the run uses input buffer 1."""
    x_step: int = 0
    """To the next pixel of a row."""
    x_row_step: int = 0
    """From the last pixel of a row to the first of the next."""
    x_sample_step: int = 0
    """From the last pixel of an image to the first of the next."""
    tap_step: int = 0
    """To the next column of the kernel."""
    tap_row_step: int = 0
    """From a row of the kernel to the next, at its first column."""
    weight_base: int = 0
    act_base: int = 0
    act_stride: int = 0
    """Words of one output pixel."""
    latent_base: int = 0
    sign_base: int = 0
    basis_stride: int = 0
    cosine: bool = False
    """The basis has fraction bits."""
    modulation: int = 0
    """Of the scores: number in `lls_hw.contract.modulation.MODULATIONS`."""
    modulation_shift: int = 0
    modulation_base: int = 0

    def words(self) -> list[int]:
        """The descriptor as WORDS 32-bit integers; ValueError when a field does not fit."""
        packed, position = 0, 0
        for name, width in FIELDS.items():
            value = int(getattr(self, name))
            if name in WRAPPING and -(1 << width - 1) <= value:
                value %= 1 << width
            low, high = (-(1 << width - 1), 1 << width - 1) if name in SIGNED else (0, 1 << width)
            if not low <= value < high:
                raise ValueError(
                    f"Descriptor field {name} is {value}; it must lie in {low}..{high - 1}."
                )
            packed |= (value & ((1 << width) - 1)) << position
            position += width
        return [packed >> 32 * k & 0xFFFFFFFF for k in range(WORDS)]


def largest(config: Config) -> dict[str, int]:
    """Largest value of fields that an engine's memories limit below their width."""
    limits = {
        "layer": config.max_layers - 1,
        "samples": config.max_batch,
        "classes": config.max_classes,
        "band": config.acc_depth,
        "channels": config.latent_depth * config.cols,
        "out_tiles": config.latent_depth,
        "in_tiles": config.weight_depth // config.rows,
        "in_channels": config.weight_depth,
        "cosine": config.basis_bits > 2,
        "modulation_base": max(config.modulation_depth - 1, 0),
    }
    if not config.modulation_depth:
        limits |= {"modulation": 0, "modulation_shift": 0}
    return limits if config.maps else limits | {"pixels": config.max_batch}
