"""Test images that a network takes for something else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import as_array, as_images
from lls_hw.network.network import Network
from lls_hw.tools.html import counted, section, words
from lls_hw.tools.png import image_address

__all__ = ["mistakes_section", "pictures_of"]

_SHOWN = 24
_COLOURS = (1, 3)


def pictures_of(network: Network, images: Any, channels: str | None) -> NDArray[np.uint8]:
    """Images (N, C, H, W) as a user sees them, also where the network's input is a row."""
    pixels = as_images(images, network.input, channels)
    if max(network.input) == network.inputs and as_array(images, "images").ndim > 2:
        pixels = as_images(images, None, channels)
    elif max(network.input) == network.inputs:
        pixels = pixels.reshape(len(pixels), 1, 1, -1)
        side = round(network.inputs**0.5)
        if side * side == network.inputs:
            pixels = pixels.reshape(-1, 1, side, side)
    return pixels if pixels.shape[1] in _COLOURS else pixels[:, :1]


def mistakes_section(
    pictures: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    predicted: NDArray[np.int64],
    names: Sequence[str],
) -> str:
    """Some of the mistakes, from all over the test images."""
    wrong = np.flatnonzero(labels != predicted)
    if not len(wrong):
        return section("Mistakes", f"<p>None among {counted(len(labels), 'test image')}.</p>")
    chosen = wrong[np.unique(np.linspace(0, len(wrong) - 1, _SHOWN).astype(int))]
    shown = "".join(
        f'<figure><img alt="test image {index}" src="{image_address(pictures[index])}">'
        f"<figcaption>{words(names[labels[index]])} → {words(names[predicted[index]])}"
        f'<br><span class="soft">no. {index:,}</span></figcaption></figure>'
        for index in chosen.tolist()
    )
    return section(
        "Mistakes",
        f"<p>{len(chosen):,} of {counted(len(wrong), 'mistake')}: true class → predicted class, "
        "and the number of the test image.</p>",
        f'<div class="pictures">{shown}</div>',
    )
