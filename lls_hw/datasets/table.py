"""Images as rows of a table: .csv files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.base import DataError
from lls_hw.tools.shown import said

__all__ = ["numbers", "read_table"]

_HEADS = {"label", "labels", "class", "target", "y"}
"""What a column of labels may be called."""


def read_table(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pixels (N, P) and labels (N,), numbers or texts, of a file with a row for each image.

    The label comes first, or last if a header calls the last column so. Whole pixels are integers,
    unless none is larger than 1.
    """
    lines = _lines(path)
    words = [word.strip().strip('"').lower() for word in (lines or [""])[0].split(",")]
    header = len(words) > 1 and not _is_number(words[-1]) or bool(_HEADS & {words[0], words[-1]})
    last = header and words[-1] in _HEADS and words[0] not in _HEADS
    rows = lines[1:] if header else lines
    if not rows or "," not in rows[0]:
        raise DataError(
            "It has no row of a label and pixels, separated by commas; write one for each image."
        )
    cut = [line.rpartition(",")[::-1] if last else line.partition(",") for line in rows]
    try:
        pixels = np.loadtxt([rest for _, _, rest in cut], delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise DataError(
            f"Its pixels cannot be read ({said(error)}); write as many numbers in each row."
        ) from error
    return _whole(pixels), _labels([label.strip().strip('"') for label, _, _ in cut])


def numbers(path: Path) -> NDArray[Any] | None:
    """All numbers (N, P) of a file of pixels alone; None if it has anything else but a header.

    Whole pixels are integers, unless none is larger than 1.
    """
    lines = _lines(path)
    header = not all(_is_number(word) for word in (lines or [""])[0].split(","))
    try:
        return _whole(np.loadtxt(lines[header:], delimiter=",", ndmin=2, comments=None))
    except ValueError:
        return None


def _lines(path: Path) -> list[str]:
    """Lines that are not empty."""
    try:
        return [line for line in path.read_text().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError("It is not text; write numbers separated by commas.") from error


def _whole(pixels: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as integers, unless none is larger than 1."""
    if (
        pixels.max(initial=0) > 1
        and np.isfinite(pixels).all()
        and (pixels == np.rint(pixels)).all()
    ):
        return pixels.astype(np.int64)
    return pixels


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(texts: list[str]) -> NDArray[Any]:
    """Numbers if all are numbers, otherwise texts."""
    if all(_is_number(text) for text in texts):
        return np.array([float(text) for text in texts])
    return np.array(texts)
