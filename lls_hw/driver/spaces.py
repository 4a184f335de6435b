"""The address spaces as the driver sees them: element type, size and direction."""

import numpy as np

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.descriptor import WORDS
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.trace import trace_elements

__all__ = ["READ_ONLY", "TYPES", "WRITE_ONLY", "capacity"]

TYPES: dict[Space, np.dtype] = {
    Space.CONTROL: np.dtype("<u4"),
    Space.PROGRAM: np.dtype("<u4"),
    Space.ACT: np.dtype("i1"),
    Space.LABEL: np.dtype("u1"),
    Space.WEIGHT: np.dtype("<i2"),
    Space.BASIS: np.dtype("<u4"),
    Space.STATE: np.dtype("<u4"),
    Space.IMAGE: np.dtype("i1"),
    Space.TRACE: np.dtype("<u4"),
    Space.MODULATION: np.dtype("<i2"),
    Space.VELOCITY: np.dtype("<i4"),
    Space.RESULT: np.dtype("<u4"),
}
"""NumPy type of an element; little-endian as on the link."""

WRITE_ONLY = frozenset({Space.PROGRAM, Space.ACT, Space.LABEL, Space.BASIS, Space.IMAGE})
READ_ONLY = frozenset({Space.RESULT, Space.TRACE})


def capacity(config: Config, space: Space) -> int:
    """Elements of a space."""
    return {
        Space.CONTROL: len(Register),
        Space.PROGRAM: config.program_depth * WORDS,
        Space.ACT: config.act_depth * config.act_word,
        Space.LABEL: 2 * config.max_batch,
        Space.WEIGHT: config.weight_depth * config.cols,
        Space.BASIS: config.basis_depth * config.basis_parts,
        Space.STATE: config.max_layers,
        Space.IMAGE: IMAGE_BANKS * config.image_depth * config.image_channels,
        Space.TRACE: trace_elements(config),
        Space.MODULATION: config.modulation_depth,
        Space.VELOCITY: config.weight_depth * config.cols * config.momentum,
        Space.RESULT: 2 * config.max_batch,
    }[space]
