"""Data sets of image files: Imagenette, TinyImageNet and Visual Wake Words, as published."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from lls_hw.datasets.base import Bytes, DataError, Dataset, found_folder, read_bytes, visible
from lls_hw.datasets.images import decode

__all__ = ["load_imagenette", "load_tinyimagenet", "load_vww"]

_SUFFIXES = {".jpeg", ".jpg", ".png"}
_NOISY = "noisy_imagenette.csv"
"""Of Imagenette: a head, then a row for each picture, which begins with its path."""


def _images(folder: Path) -> list[Path]:
    """Pictures in a folder; DataError if it is missing or has none."""
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; unpack the archive again.")
    found = [path for path in visible(folder) if path.suffix.lower() in _SUFFIXES]
    if not found:
        raise DataError(f"There are no images in {folder}; unpack the archive again.")
    return found


def _check_listed(root: Path, listed: Iterable[str], notes: str) -> None:
    """DataError for the first picture that a list in the archive names and that is missing."""
    missing = next((name for name in listed if not (root / name).is_file()), None)
    if missing is not None:
        raise DataError(
            f"{root / missing} is missing, which {notes} lists; unpack the archive again."
        )


def _decoded(
    files: list[tuple[Path, int]], size: int, root: Path, part: str
) -> tuple[Bytes, Bytes]:
    """Decoded images with their labels."""
    images = decode([path for path, _ in files], size, root, part)
    return images, np.array([label for _, label in files], np.uint8)


def load_imagenette(folder: Path, size: int = 160) -> Dataset:
    """imagenette2-160/{train,val}/<class>/*.JPEG; ten classes in the order of their names."""
    root = found_folder(folder, "imagenette2-160", "imagenette2-320", "imagenette2")
    classes = _subfolders(root / "train")
    if _subfolders(root / "val") != classes:
        raise DataError(
            f"{root / 'train'} and {root / 'val'} have different class folders; unpack the archive "
            "again."
        )
    _check_listed(root, _noisy_list(root), _NOISY)
    train, test = (
        _decoded(
            [(path, k) for k, c in enumerate(classes) for path in _images(root / part / c)],
            size, root, part,
        )
        for part in ("train", "val")
    )  # fmt: skip
    return Dataset(*train, *test, classes=len(classes))


def _noisy_list(root: Path) -> list[str]:
    """All pictures, of a list that comes with the archive; none if it has been removed."""
    if not (root / _NOISY).is_file():
        return []
    lines = read_bytes(root / _NOISY).decode("utf-8", "replace").splitlines()[1:]
    return [line.partition(",")[0] for line in lines if line]


def _subfolders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; unpack the archive again.")
    return [path.name for path in visible(folder) if path.is_dir()]


def load_tinyimagenet(folder: Path, size: int = 64) -> Dataset:
    """tiny-imagenet-200: wnids.txt, train/<class>/images/*.JPEG and val/val_annotations.txt. The
    official test images have no labels, so the validation images replace them."""
    root = found_folder(folder, "tiny-imagenet-200")
    names = read_bytes(root / "wnids.txt").decode("ascii", "replace").split()
    number = {name: k for k, name in enumerate(sorted(names))}
    train: list[tuple[Path, int]] = []
    for name in number:
        folder = root / "train" / name
        pictures = _images(folder / "images")
        boxes = folder / f"{name}_boxes.txt"
        if boxes.is_file():
            _check_listed(folder / "images", [words[0] for words in _rows(boxes)], boxes.name)
        train += [(path, number[name]) for path in pictures]
    test = _validation(root / "val", number)
    train_set, test_set = _decoded(train, size, root, "train"), _decoded(test, size, root, "val")
    return Dataset(*train_set, *test_set, classes=len(names))


def _rows(notes: Path) -> list[list[str]]:
    """Words of each line that has any."""
    lines = read_bytes(notes).decode("ascii", "replace").splitlines()
    return [line.split("\t") for line in lines if line.strip()]


def _validation(root: Path, number: dict[str, int]) -> list[tuple[Path, int]]:
    """Pictures and labels: by the list in the archive, or sorted into a folder for each class."""
    notes, listed = root / "val_annotations.txt", (root / "images").is_dir()
    if not listed and all((root / name).is_dir() for name in number):
        folders = [(root / name / "images", root / name) for name in number]
        sorted_ones = [inner if inner.is_dir() else outer for inner, outer in folders]
        return [
            (path, label) for label, folder in enumerate(sorted_ones) for path in _images(folder)
        ]
    found = []
    for words in _rows(notes):
        if len(words) < 2 or words[1] not in number:
            raise DataError(
                f"{notes} has the line {' '.join(words)!r:.80}; it must name a file and a class of "
                "wnids.txt: unpack the archive again."
            )
        found.append((root / "images" / words[0], number[words[1]]))
    _check_listed(root / "images", [path.name for path, _ in found], notes.name)
    return found


def load_vww(folder: Path, size: int = 132) -> Dataset:
    """Visual Wake Words: all2014/*.jpg of COCO and annotations/instances_{train,val}.json, as the
    data set's scripts write them; class 1: a person is in the image."""
    root = found_folder(folder, "all2014").parent
    train, test = (_decoded(_annotated(root, part), size, root, part) for part in ("train", "val"))
    return Dataset(*train, *test, classes=2)


def _annotated(root: Path, part: str) -> list[tuple[Path, int]]:
    """Image files with their labels, in the order of their identifiers."""
    notes = root / "annotations" / f"instances_{part}.json"
    try:
        content = json.loads(read_bytes(notes))
        names = {image["id"]: image["file_name"] for image in content["images"]}
        labels = dict.fromkeys(names, 0)
        for note in content["annotations"]:
            labels[note["image_id"]] |= int(note["category_id"] == 1)
        files = [(root / "all2014" / names[key], labels[key]) for key in sorted(names)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{notes} is not an annotation file of Visual Wake Words ({error!r}); make it again "
            "with the data set's scripts."
        ) from error
    missing = next((path for path, _ in files if not path.is_file()), None)
    if missing:
        raise DataError(
            f"{missing} is missing; unpack COCO's train2014 and val2014 archives into all2014."
        )
    return files
