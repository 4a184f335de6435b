"""Shifts of a distribution of images: changes that pretraining has not seen."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ANGLE", "NOISE", "SHIFTS", "enlarge", "inverted", "noisy", "rotated"]

Images = NDArray[np.uint8]

ANGLE = 60.0
"""Degrees by which `rotated` rotates images, anticlockwise."""
NOISE = 90.0
"""Standard deviation of the noise that `noisy` adds to pixels 0..255."""


def inverted(images: Images, seed: int = 0) -> Images:
    """Black becomes white; images (N, C, H, W)."""
    return 255 - images


def noisy(images: Images, seed: int = 0) -> Images:
    """Normal noise on every pixel, clipped to 0..255."""
    noise = np.random.default_rng(seed).normal(0, NOISE, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def rotated(images: Images, seed: int = 0, angle: float = ANGLE) -> Images:
    """Rotated about the centre, with bilinear interpolation; the outside is black."""
    height, width = images.shape[2:]
    y, x = np.mgrid[:height, :width]
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    from_y = sin * x + cos * y + (height - 1) / 2
    from_x = cos * x - sin * y + (width - 1) / 2
    top, left = np.floor(from_y).astype(int), np.floor(from_x).astype(int)
    padded = np.pad(images.astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    last_y, last_x = height + 1, width + 1
    total = np.zeros(images.shape)
    for row, in_y in ((top, 1 - (from_y - top)), (top + 1, from_y - top)):
        for column, in_x in ((left, 1 - (from_x - left)), (left + 1, from_x - left)):
            place = np.clip(row + 1, 0, last_y), np.clip(column + 1, 0, last_x)
            total += padded[:, :, *place] * in_y * in_x
    return np.rint(total).astype(np.uint8)


def enlarge(images: Images, height: int, width: int) -> Images:
    """Images of exactly that size: pixels are repeated, and a black border fills the rest."""
    factor = max(1, min(height // images.shape[2], width // images.shape[3]))
    large = images.repeat(factor, axis=2).repeat(factor, axis=3)
    rows, columns = height - large.shape[2], width - large.shape[3]
    border = ((0, 0), (0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
    return np.pad(large, border)


SHIFTS: dict[str, Callable[[Images, int], Images]] = {
    "inverted": inverted,
    "noisy": noisy,
    "rotated": rotated,
}
"""Shifts by name; each maps (images, seed) to images."""
