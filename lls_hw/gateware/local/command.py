"""Command of the local update unit, and the widths of its ports."""

from amaranth.lib import data
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import LOCAL, largest
from lls_hw.contract.formats import PROBABILITY_FRACTION
from lls_hw.gateware.operation import LOCAL_LAYOUT

__all__ = [
    "CLASS_BITS", "ERROR_BITS", "LABEL_BITS", "RESULT_LAYOUT", "command_layout", "label_bits",
]  # fmt: skip

CLASS_BITS = 8
"""A class number."""
LABEL_BITS = CLASS_BITS
ERROR_BITS = PROBABILITY_FRACTION + 2
"""p - onehot, -ONE..ONE; behind a modulation -2 ONE..2 ONE, both exclusive."""
RESULT_LAYOUT = data.StructLayout(
    {"probability": PROBABILITY_FRACTION + 1, "prediction": CLASS_BITS}
)
"""Result of a sample: Q15 probability of its label, and the predicted class."""

_HEADER = ("train", "layer")
"""What the unit needs of a descriptor's header."""


def label_bits(config: Config) -> int:
    """Address bits of the label and of the result memory: two buffers of a batch."""
    return ceil_log2(2 * config.max_batch)


def command_layout(config: Config) -> data.StructLayout:
    """The descriptor of LOCAL, as wide as the engine needs, and the input buffer's `label_base`."""
    limits = largest(config)
    shapes = {name: LOCAL_LAYOUT[name].shape for name in (*_HEADER, *LOCAL)}
    for name in shapes.keys() & limits.keys():
        shapes[name] = min(shapes[name], limits[name].bit_length())
    return data.StructLayout({**shapes, "label_base": label_bits(config)})
