"""A folder of images with a folder for each class."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import Shape
from lls_hw.datasets.base import Bytes, DataError, visible
from lls_hw.datasets.images import SUFFIXES, picture
from lls_hw.datasets.labels import check_classes

__all__ = ["parts_of", "read_classes"]

_TRAIN, _TEST = ("train", "training"), ("test", "val", "valid", "validation")
"""Names of folders of a data set's parts; any other name is that of a class."""


def parts_of(root: Path) -> tuple[Path, Path | None]:
    """The folder of the training images and that of the test images, if there is one."""
    train = next((root / name for name in _TRAIN if (root / name).is_dir()), None)
    test = next((root / name for name in _TEST if (root / name).is_dir()), None)
    if train is None and test is not None:
        raise DataError(
            f"It has a folder {test.name} but none called {' or '.join(_TRAIN)}; add the training "
            "images."
        )
    return train or root, test if train else None


def read_classes(
    root: Path, shape: Shape | None, names: tuple[str, ...] = ()
) -> tuple[Bytes, NDArray[np.int64], tuple[str, ...]]:
    """Images (N, C, H, W), labels and class names: the folders, in alphabetical order.

    Pictures are converted to the shape (C, H, W); without one they must all have the first one's.
    """
    folders = [path for path in visible(root) if path.is_dir()]
    found = tuple(folder.name for folder in folders)
    if not found or (names and set(found) - set(names)):
        what = f"the classes {', '.join(found)}" if found else "no folders"
        needed = f"those of {', '.join(names)}" if names else "one folder of images for each class"
        raise DataError(f"{root.name or root} has {what}; it must have {needed}.")
    check_classes(len(found), f"{root.name or root} has {len(found)} folders, one a class")
    names = names or found
    images: list[Bytes] = []
    labels: list[int] = []
    for folder in folders:
        files = [path for path in visible(folder) if path.suffix.lower() in SUFFIXES]
        if not files:
            raise DataError(
                f"The folder {folder.name} has no images; put images there "
                f"({', '.join(sorted(SUFFIXES))}) or remove it."
            )
        for file in files:
            images.append(picture(file, shape))
            labels.append(names.index(folder.name))
            if images[-1].shape != images[0].shape:
                raise DataError(
                    f"The picture {file.name} is {_size(images[-1])}, the first one "
                    f"{_size(images[0])}; name the shape to which all are scaled, such as that of "
                    "the network: shape=network.input."
                )
    return np.stack(images), np.array(labels), names


def _size(image: Bytes) -> str:
    return " x ".join(map(str, image.shape))
