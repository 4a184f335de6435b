"""Data sets: scikit-learn's digits, others from their official files, and one's own."""

import os
from pathlib import Path

import numpy as np

from lls_hw.datasets.arrays import check_shape
from lls_hw.datasets.base import DataError, Dataset
from lls_hw.datasets.cifar import load_cifar10, load_cifar100
from lls_hw.datasets.download import check_unpacked
from lls_hw.datasets.download import download as fetch
from lls_hw.datasets.folders import load_imagenette, load_tinyimagenet, load_vww
from lls_hw.datasets.held_out import hold_out
from lls_hw.datasets.idx import load_idx
from lls_hw.datasets.own import is_own, load_own
from lls_hw.tools.files import as_path
from lls_hw.tools.packages import require

__all__ = ["DATA_DIR_VARIABLE", "DATA_NAMES", "DataError", "Dataset", "known_name", "load_data"]

_FILES = {"cifar10": load_cifar10, "cifar100": load_cifar100}
_PICTURES = {"imagenette": load_imagenette, "tinyimagenet": load_tinyimagenet, "vww": load_vww}
DATA_NAMES = ("digits", "mnist", "fashion-mnist", *_FILES, *_PICTURES)
DATA_DIR_VARIABLE = "LLS_HW_DATA"
"""Environment variable that names the data folder if no option does."""


def known_name(text: str) -> str:
    """The name of an official data set as `DATA_NAMES` has it; any other text unchanged."""
    hyphenated = text.replace("_", "-")
    return hyphenated if hyphenated in DATA_NAMES else text


def load_data(
    name: str | Path,
    data_dir: str | Path | None = None,
    download: bool = False,
    size: int | None = None,
    *,
    shape: tuple[int, int, int] | None = None,
    channels: str | None = None,
    held_out: float | None = None,
) -> Dataset:
    """The data set of that name, or one of your own: an .npz or .csv file, or a folder of images.

    Parameters
    ----------
    name : one of `DATA_NAMES`, of which digits needs no files, or a file or folder.
    data_dir : folder of the official files, which lie in it or in a folder of the data set's name.
    download : get missing official files.
    size : rows and columns to which pictures of Imagenette, TinyImageNet and VWW are scaled
        (default: 160, 64 and 132).
    shape : (C, H, W), the `input` of a network, that your own images must have. Image files are
        scaled to it, and converted to grey or colours.
    channels : "first" or "last", where the images of a file leave it open.
    held_out : share of each class's training images, between 0 and 1, that become the test images.
        By default 0.2 of data that has no test images, and none of other data.
    """
    text = known_name(str(name))
    if shape is not None:
        check_shape(shape)
    if size is not None and (not isinstance(size, int) or size < 1):
        raise DataError(f"size is {size!r}; give the rows and columns of a picture, such as 64.")
    if not isinstance(download, bool):
        raise DataError(f"download is {download!r}; it must be True or False.")
    if text not in DATA_NAMES:
        if text and is_own(text):
            return load_own(Path(name), shape, channels, held_out)
        raise DataError(
            f"There is no data set {text!r}; choose one of {', '.join(DATA_NAMES)}, or give an "
            ".npz file, a .csv file or a folder of images."
        )
    data = _official(text, data_dir, download, size)
    return data if held_out is None else hold_out(data, held_out)


def _official(name: str, data_dir: str | Path | None, download: bool, size: int | None) -> Dataset:
    """One of `DATA_NAMES`."""
    if name == "digits":
        return _digits()
    root = os.environ.get(DATA_DIR_VARIABLE) if data_dir is None else as_path(data_dir, "data_dir")
    if not root:
        raise DataError(
            f"The folder of the {name} files is unknown; name it with --data-dir or in the "
            f"environment variable {DATA_DIR_VARIABLE}."
        )
    folder = Path(root) / name
    if download:
        fetch(name, folder)
    if not folder.is_dir():
        folder = Path(root)
    check_unpacked(name, folder)
    if name in _FILES:
        return _FILES[name](folder)
    if name in _PICTURES:
        return _PICTURES[name](folder, size) if size else _PICTURES[name](folder)
    return load_idx(folder, name)


def _digits() -> Dataset:
    """1,797 images 8x8 of 16 grey levels; every fifth one is a test image."""
    require("sklearn", "The data set digits comes with scikit-learn")
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.minimum(digits.images[:, None] * 16, 255).astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    test = np.arange(len(images)) % 5 == 4
    return Dataset(images[~test], labels[~test], images[test], labels[test], classes=10)
