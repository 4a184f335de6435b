"""Preparation of the images of each data set, as published: crop, flip, erase, normalise."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.datasets.names import Dataset
from lls_hw.paper.networks import RecipeError

__all__ = ["Recipe", "batches", "recipe_for"]

_ERASED_AREA, _ERASED_RATIO = (0.02, 0.33), (0.3, 3.3)
"""Area of random erasing as a share of the image, and its height over its width."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Preparation of one data set; pixels are 0..1 before normalisation."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int | None = None
    """Shorter side of pictures before cropping."""
    pad: int = 0
    """Black pixels added around an image before a random crop to its original size."""
    crop: int = 0
    """Size of the crop: random for training, central for tests; 0: no crop."""
    flip: bool = False
    """Whether half of the training images are mirrored."""
    erase: float = 0.0
    """Share of the training images in which a rectangle is set to the mean."""

    def without_augmentation(self) -> "Recipe":
        """The recipe without augmentation: training images are prepared like test images."""
        return replace(self, pad=0, flip=False, erase=0.0)

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Size of a prepared image."""
        return (self.crop, self.crop) if self.crop else (height, width)

    def test(self, images: NDArray[np.uint8]) -> Tensor:
        """(N, C, H, W) bytes to floats."""
        height, width = self.size(*images.shape[2:])
        y, x = (images.shape[2] - height) // 2, (images.shape[3] - width) // 2
        return self._normalised(images[:, :, y : y + height, x : x + width])

    def train(self, images: NDArray[np.uint8], random: np.random.Generator) -> Tensor:
        """(N, C, H, W) bytes to floats, augmented."""
        count, _, full_height, full_width = images.shape
        height, width = self.size(full_height, full_width)
        margin = ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2)
        padded = np.pad(images, margin) if self.pad else images
        top = random.integers(padded.shape[2] - height + 1, size=count)
        left = random.integers(padded.shape[3] - width + 1, size=count)
        rows = top[:, None] + np.arange(height)
        columns = left[:, None] + np.arange(width)
        if self.flip:
            mirrored = random.random(count) < 0.5
            columns[mirrored] = columns[mirrored, ::-1]
        sample = np.arange(count)[:, None, None]
        cut = padded.transpose(0, 2, 3, 1)[sample, rows[:, :, None], columns[:, None, :]]
        x = self._normalised(cut.transpose(0, 3, 1, 2))
        for index in np.flatnonzero(random.random(count) < self.erase):
            _erase(x[index], random)
        return x

    def _normalised(self, images: NDArray[np.uint8]) -> Tensor:
        x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 2, 3, 1)))
        scale = torch.tensor([1 / (255 * s) for s in self.std])
        shift = torch.tensor([m / s for m, s in zip(self.mean, self.std, strict=True)])
        return (x * scale - shift).permute(0, 3, 1, 2)


def _erase(image: Tensor, random: np.random.Generator) -> None:
    """Sets a random rectangle to 0; gives up after ten that do not fit."""
    height, width = image.shape[1:]
    for _ in range(10):
        area = random.uniform(*_ERASED_AREA) * height * width
        ratio = np.exp(random.uniform(*np.log(_ERASED_RATIO)))
        h, w = round(np.sqrt(area * ratio)), round(np.sqrt(area / ratio))
        if 0 < h < height and 0 < w < width:
            y, x = random.integers(height - h + 1), random.integers(width - w + 1)
            image[:, y : y + h, x : x + w] = 0
            return


_CIFAR = Recipe(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010), flip=True)
_IMAGENET = Recipe(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), flip=True)
_RECIPES = {
    "digits": Recipe(mean=(0.5,), std=(0.5,)),
    "mnist": Recipe(mean=(0.5,), std=(0.5,), pad=4),
    "fashion-mnist": Recipe(mean=(0.286,), std=(0.353,), pad=4, flip=True),
    "cifar10": _CIFAR,
    "cifar100": _CIFAR,
    "imagenette": replace(_IMAGENET, resize=132, crop=128),
    "tinyimagenet": replace(_IMAGENET, erase=0.2),
    "vww": replace(_IMAGENET, resize=132, crop=128),
}
_STRONGER = {
    "cifar10": replace(_CIFAR, pad=4, erase=0.2),
    "cifar100": replace(_CIFAR, pad=4, erase=0.2),
    "imagenette": replace(_IMAGENET, resize=160, crop=128, erase=0.2),
}
"""Recipes for VGG8 and MobileNetV1."""


def recipe_for(data: str, model: str, augment: bool = True) -> Recipe:
    """Preparation of a data set for a network; RecipeError if there is none."""
    if data not in _RECIPES:
        raise RecipeError(f"There is no recipe for {data!r}; choose one of {', '.join(_RECIPES)}.")
    strong = model in ("vgg8", "mobilenetv1") and data in _STRONGER
    recipe = (_STRONGER if strong else _RECIPES)[data]
    return recipe if augment else recipe.without_augmentation()


def batches(
    data: Dataset, recipe: Recipe, size: int, seed: int, epoch: int, purpose: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled and augmented training batches of an epoch, determined by the arguments alone.

    The last batch may be smaller; a batch of a single sample, which BatchNorm cannot normalise, is
    left out. `purpose` distinguishes several uses in one epoch.
    """
    random = np.random.default_rng((seed, epoch, purpose))
    order = random.permutation(len(data.train_images))
    for start in range(0, len(order), size):
        chosen = np.sort(order[start : start + size])
        if len(chosen) > 1:
            labels = torch.from_numpy(data.train_labels[chosen].astype(np.int64))
            yield recipe.train(data.train_images[chosen], random), labels
