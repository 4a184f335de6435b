"""Data of one's own: an .npz file, a .csv file, or a folder of images."""

from pathlib import Path
from typing import Any

from lls_hw.datasets.archive import Archive
from lls_hw.datasets.arrays import Shape, as_images, check_contrast
from lls_hw.datasets.base import DataError, Dataset
from lls_hw.datasets.class_folders import parts_of, read_classes
from lls_hw.datasets.held_out import HELD_OUT, hold_out
from lls_hw.datasets.labels import MAX_CLASSES, as_class_names, as_labels, class_names_of
from lls_hw.datasets.table import read_table

__all__ = ["NPZ_KEYS", "is_own", "load_own"]

NPZ_KEYS: tuple[tuple[str, ...], ...] = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("images", "labels"),
    ("x", "y"),
)
"""Arrays of an .npz file: training images and labels, then those of the test if there are any."""
_NAMES = "class_names"
"""Array of an .npz file with the name of each class; optional."""


def is_own(name: str) -> bool:
    """Whether a name is that of a file or folder."""
    return Path(name).suffix in (".npz", ".csv") or "/" in name or Path(name).is_dir()


def load_own(path: Path, shape: Shape | None, channels: str | None, share: float | None) -> Dataset:
    """The data of a file or folder; images must have the shape (C, H, W), pictures are scaled.

    A share of the training images becomes the test images; without one, only if the data has none.
    """
    try:
        *arrays, names = _read(path, shape)
        channels = "first" if path.is_dir() else channels
        return _dataset(arrays, names, shape, channels, share)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; check the name.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


def _read(path: Path, shape: Shape | None) -> list[Any]:
    """Images and labels, once or twice, and class names."""
    if path.is_dir():
        train, test = parts_of(path)
        images, labels, names = read_classes(train, shape)
        if test is None:
            return [images, labels, names]
        return [images, labels, *read_classes(test, shape or images.shape[1:], names)]
    if path.suffix == ".csv":
        return [*read_table(path), ()]
    if path.suffix == ".npz" or path.exists():
        return _npz(path)
    raise FileNotFoundError


def _npz(path: Path) -> list[Any]:
    """Arrays under one of the sets of `NPZ_KEYS`, and class names."""
    arrays = Archive(path)
    found = set(arrays.names)
    keys = next((keys for keys in NPZ_KEYS if set(keys[:2]) <= found), None)
    if keys is None:
        choices = ", or ".join(" and ".join(keys[:2]) for keys in NPZ_KEYS)
        raise DataError(
            f"It has the arrays {', '.join(arrays.names) or 'none'}; name them {choices}."
        )
    if len(found & set(keys)) == 3:
        raise DataError(f"Of {keys[2]} and {keys[3]} one is missing; add it.")
    names = as_class_names(arrays[_NAMES]) if _NAMES in found else ()
    return [*(arrays[key] for key in keys if key in found), names]


def _dataset(
    arrays: list[Any],
    names: tuple[str, ...],
    shape: Shape | None,
    channels: str | None,
    share: float | None,
) -> Dataset:
    """A data set of images and labels, once or twice."""
    names = names or class_names_of(arrays[1])
    images = [as_images(part, shape, channels) for part in arrays[::2]]
    labels = [as_labels(part, MAX_CLASSES, names) for part in arrays[1::2]]
    check_contrast(images[0])
    for part, found in zip(images, labels, strict=True):
        if len(part) != len(found):
            raise DataError(f"There are {len(part)} images but {len(found)} labels.")
    if images[0].shape[1:] != images[-1].shape[1:]:
        raise DataError(
            f"The training images are {' x '.join(map(str, images[0].shape[1:]))}, the test images "
            f"{' x '.join(map(str, images[-1].shape[1:]))}; bring them to one shape."
        )
    classes = max(int(part.max()) for part in labels) + 1
    if names and classes > len(names):
        raise DataError(f"There are {len(names)} class names, but the label {classes - 1}.")
    whole = Dataset(
        images[0], labels[0], images[-1], labels[-1], len(names) or classes, tuple(names)
    )
    if share is None and len(images) > 1:
        return whole
    return hold_out(whole, HELD_OUT if share is None else share)
