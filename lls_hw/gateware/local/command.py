"""Command of the local update unit, and the widths of its ports."""

from amaranth.lib import data
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import PROBABILITY_FRACTION
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT

__all__ = [
    "CLASS_BITS", "ERROR_BITS", "LABEL_BITS", "RESULT_LAYOUT", "command_layout", "label_bits",
]  # fmt: skip

CLASS_BITS = 8
"""A class number."""
LABEL_BITS = CLASS_BITS
ERROR_BITS = PROBABILITY_FRACTION + 2
"""p - onehot, -ONE..ONE; behind a modulation -2 ONE..2 ONE, both exclusive."""
LENGTH_BITS = 12
"""A number of latents."""
RESULT_LAYOUT = data.StructLayout(
    {"probability": PROBABILITY_FRACTION + 1, "prediction": CLASS_BITS}
)
"""Result of a sample: Q15 probability of its label, and the predicted class."""

_FIELDS = {
    "classifier": "classifier",
    "train": "train",
    "layer": "layer",
    "samples": "samples",
    "channels": "channels",
    "tiles": "out_tiles",
    "latent_base": "latent_base",
    "classes": "classes",
    "basis_stride": "basis_stride",
    "temperature_shift": "temperature_shift",
    "cosine": "cosine",
    "modulation": "modulation",
    "modulation_shift": "modulation_shift",
    "modulation_base": "modulation_base",
}


def label_bits(config: Config) -> int:
    """Address bits of the label and of the result memory: two buffers of a batch."""
    return ceil_log2(2 * config.max_batch)


def command_layout(config: Config) -> data.StructLayout:
    """Fields as in the descriptor that the command comes from, and what follows from it.

    `tiles` : latent words of a cell. `length`, `words` : latents, latent words of a sample.
    `label_base` : of the input buffer.
    """
    fields = {name: DESCRIPTOR_LAYOUT[source].shape for name, source in _FIELDS.items()}
    return data.StructLayout(
        {
            **fields,
            "length": LENGTH_BITS,
            "words": ceil_log2(config.latent_depth) + 1,
            "label_base": label_bits(config),
        }
    )
