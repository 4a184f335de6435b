"""From pixels to the engine's inputs: one function for driver and golden model."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantise"]


def quantise(images: NDArray[np.uint8], offset: int = 0) -> NDArray[np.int8]:
    """Pixels 0..255, (N, C, H, W), to inputs, (N, I): min((p + 1) >> 1, 127) - offset.

    Inputs have the order height, width, channels, like the engine's maps. The network chooses the
    offset, 0..127 (`Network.offset`).
    """
    maps = images.transpose(0, 2, 3, 1).reshape(len(images), -1)
    halves = (maps.astype(np.int16) + 1) >> 1
    return (np.minimum(halves, 127) - offset).astype(np.int8)
