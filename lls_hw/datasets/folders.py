"""Data sets of image files: Imagenette, TinyImageNet and Visual Wake Words, as published."""

import json
from pathlib import Path

import numpy as np

from lls_hw.datasets.base import Bytes, DataError, Dataset, found_folder, read_bytes
from lls_hw.datasets.images import decode

__all__ = ["load_imagenette", "load_tinyimagenet", "load_vww"]

_SUFFIXES = {".jpeg", ".jpg", ".png"}


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


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
    train, test = (
        _decoded(
            [(path, k) for k, c in enumerate(classes) for path in _images(root / part / c)],
            size, root, part,
        )
        for part in ("train", "val")
    )  # fmt: skip
    return Dataset(*train, *test, classes=len(classes))


def _subfolders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; unpack the archive again.")
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def load_tinyimagenet(folder: Path, size: int = 64) -> Dataset:
    """tiny-imagenet-200: wnids.txt, train/<class>/images/*.JPEG and val/val_annotations.txt. The
    official test images have no labels, so the validation images replace them."""
    root = found_folder(folder, "tiny-imagenet-200")
    names = read_bytes(root / "wnids.txt").decode("ascii", "replace").split()
    number = {name: k for k, name in enumerate(sorted(names))}
    train: list[tuple[Path, int]] = []
    for name in number:
        if not (root / "train" / name / "images").is_dir():
            raise DataError(
                f"There is no folder {root / 'train' / name / 'images'}, which wnids.txt lists; "
                "unpack the archive again."
            )
        train += [(path, number[name]) for path in _images(root / "train" / name / "images")]
    test: list[tuple[Path, int]] = []
    notes = root / "val" / "val_annotations.txt"
    for line in read_bytes(notes).decode("ascii", "replace").splitlines():
        words = line.split("\t")
        if len(words) < 2 or words[1] not in number:
            raise DataError(f"{notes} has the line {line!r}; it must name a file and a class of "
                            "wnids.txt: unpack the archive again.")  # fmt: skip
        test.append((root / "val" / "images" / words[0], number[words[1]]))
    train_set, test_set = _decoded(train, size, root, "train"), _decoded(test, size, root, "val")
    return Dataset(*train_set, *test_set, classes=len(names))


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
    except (ValueError, KeyError, TypeError) as error:
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
