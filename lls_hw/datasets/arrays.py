"""Images and labels of any origin as the arrays that everything else takes, or one sentence.

What is certain is accepted: lists, NumPy arrays, PyTorch tensors on any device, whole numbers from
0 to 255, fractions from 0 to 1, either order of channels where only one fits.
"""

from math import isqrt, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.base import Bytes, DataError

__all__ = ["ORDERS", "Shape", "as_array", "as_images", "check_contrast", "check_shape"]

ORDERS = ("first", "last")
"""Where the channels of an image are: (C, H, W) or (H, W, C)."""
_COLOURS = (1, 3)
"""Channels of images when no network says how many."""
_WHITE = 255
_NUMPY_FLOAT = 2
"""Bytes of NumPy's smallest float."""
Shape = tuple[int, int, int]


def as_array(values: Any, what: str) -> NDArray[Any]:
    """An array of numbers or texts; `what` names it in messages."""
    if values is None:
        raise DataError(f"There are no {what}: the argument is None.")
    if isinstance(values, list | tuple):
        parts = [_unwrapped(value, what) for value in values]
        try:
            array = np.array(parts)
        except ValueError as error:
            raise DataError(
                f"The {what} are a list whose elements have different shapes; bring all to one "
                "shape."
            ) from error
    else:
        whole = _unwrapped(values, what)
        try:
            array = np.asarray(whole)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"The {what} are of type {type(values).__name__}, which is no array; give an array "
                "of numbers."
            ) from error
    if array.dtype.kind not in "biufUS":
        raise DataError(
            f"The {what} are of type {type(values).__name__} with elements of {array.dtype}; give "
            "an array of numbers."
        )
    return array


def _unwrapped(values: Any, what: str) -> Any:
    """A PyTorch tensor as an array, wherever it lies; anything else unchanged.

    DataError for tensors that NumPy does not know: sparse, quantised, nested, without data.
    """
    if not hasattr(values, "detach"):
        return values
    try:
        tensor = values.detach().cpu()
        narrow = tensor.is_floating_point() and tensor.itemsize < _NUMPY_FLOAT
        bfloat = str(tensor.dtype) == "torch.bfloat16"
        return (tensor.float() if narrow or bfloat else tensor).numpy()
    except (TypeError, RuntimeError) as error:
        kind = str(values.dtype).removeprefix("torch.")
        layout = str(values.layout).removeprefix("torch.")
        raise DataError(
            f"The {what} are a PyTorch tensor that is no array of numbers ({layout}, {kind}, on "
            f"{values.device}); give a dense one, such as tensor.to_dense() or "
            "tensor.dequantize() makes."
        ) from error


def as_images(values: Any, shape: Shape | None = None, channels: str | None = None) -> Bytes:
    """Images as (N, C, H, W) unsigned bytes.

    Parameters
    ----------
    values : (N, H, W) of one channel, (N, C, H, W), (N, H, W, C) or flat (N, H * W); without the
        first axis it is one image. Whole numbers 0..255, fractions 0..1, or booleans.
    shape : (C, H, W) that they must have; without it, whatever the array says.
    channels : "first" or "last"; needed only where both would fit.
    """
    if channels is not None and channels not in ORDERS:
        raise DataError(f"channels is {channels!r}; it must be 'first' or 'last'.")
    array = as_array(values, "images")
    if array.size == 0:
        raise DataError(f"There are no images: the array has the shape {array.shape}.")
    return _placed(_pixels(array), shape, channels)


def _pixels(array: NDArray[Any]) -> Bytes:
    """Values as bytes 0..255."""
    kind = array.dtype.kind
    if kind in "US":
        raise DataError(f"The images are texts such as {str(array.flat[0])!r}; give their pixels.")
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(_WHITE)
    if array.dtype == np.int8:
        raise DataError(
            "The images are int8, which cannot hold pixels from 0 to 255; give uint8, or floats "
            "from 0 to 1."
        )
    if kind == "f":
        _check_finite(array)
    low, high = array.min(), array.max()
    if kind == "f":
        if low < 0 or high > 1:
            remedy = (
                "divide them by 255" if low >= 0 and high <= _WHITE
                else "undo the standardisation; the network's offset centres its inputs"
            )  # fmt: skip
            raise DataError(
                f"The images are floats from {low:g} to {high:g}; give floats from 0 to 1 or "
                f"uint8: {remedy}."
            )
        return np.rint(array * np.asarray(_WHITE, array.dtype)).astype(np.uint8)
    if low < 0 or high > _WHITE:
        raise DataError(
            f"The images have pixels from {low} to {high}; give whole numbers from 0 to 255, or "
            "floats from 0 to 1."
        )
    return array.astype(np.uint8, copy=False)


def _check_finite(array: NDArray[Any]) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise DataError(
            f"The images have {len(wrong)} values that are no numbers, the first is "
            f"{array[place]} at {list(place)}; replace them."
        )


def _placed(array: Bytes, shape: Shape | None, channels: str | None) -> Bytes:
    """(N, C, H, W) from any of the layouts."""
    if shape is None:
        return _guessed(array, channels)
    found = {
        order: images
        for order in ORDERS
        if channels in (None, order) and (images := _with_order(array, shape, order)) is not None
    }
    if not found:
        raise DataError(_refusal(array, shape, channels))
    first, *others = found.values()
    if others and not np.array_equal(first, others[0]):
        raise DataError(
            f"Images of the shape {array.shape} may have their channels first or last; say which "
            "with channels='first' or channels='last'."
        )
    if channels is None and array.ndim == 4:
        _check_colours(array.shape[1:], shape)
    return first


def _check_colours(found: tuple[int, ...], shape: Shape) -> None:
    """DataError where the width of images in colours or grey would be taken for their channels."""
    if found == shape and found[2] in _COLOURS and found[0] not in _COLOURS:
        height, width, count = found
        raise DataError(
            f"Images of {height} x {width} x {count} look as if their channels came last, but the "
            f"network takes {height} channels of {width} x {count}: its input should be "
            f"{[count, height, width]}; if it is right, say channels='first'."
        )


def _refusal(array: Bytes, shape: Shape, channels: str | None) -> str:
    count, height, width = shape
    layouts = [f"(N, {count}, {height}, {width})"] * (channels != "last")
    layouts += [f"(N, {height}, {width}, {count})"] * (channels != "first")
    if count == 1:
        layouts.insert(0, f"(N, {height}, {width})")
    said = f" with channels={channels!r}" if channels else ""
    return (
        f"The images have the shape {array.shape}{said}; they must be {count} x {height} x "
        f"{width}, as {' or '.join(layouts)}: resize them, or choose another network."
    )


def _with_order(array: Bytes, shape: Shape, order: str) -> Bytes | None:
    """The images if they have the shape with channels in this order; None otherwise."""
    count, height, width = shape
    whole = shape if order == "first" else (height, width, count)
    size = prod(shape)
    if array.shape == whole:
        array = array[None]
    elif array.shape == (size,) or (count == 1 and array.shape == (height, width)):
        array = array.reshape(1, *whole)
    elif array.shape[1:] == (size,) or (count == 1 and array.shape[1:] == (height, width)):
        array = array.reshape(-1, *whole)
    elif array.shape[1:] != whole:
        row = max(shape) == size and prod(array.shape[1:]) == size
        return _row(array, shape, order) if row else None
    return array if order == "first" else array.transpose(0, 3, 1, 2)


def _row(array: Bytes, shape: Shape, order: str) -> Bytes | None:
    """Images for a network whose input is a row of values: by rows, columns and channels."""
    if array.ndim == 4:
        if array.shape[1 if order == "first" else 3] not in _COLOURS:
            return None
        array = array.transpose(0, 2, 3, 1) if order == "first" else array
    return array.reshape(-1, *shape)


def _guessed(array: Bytes, channels: str | None) -> Bytes:
    """(N, C, H, W) of images with one or three channels."""
    if array.ndim == 2:
        side = isqrt(array.shape[1])
        if side * side == array.shape[1]:
            return array.reshape(-1, 1, side, side)
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4:
        first = channels != "last" and array.shape[1] in _COLOURS
        last = channels != "first" and array.shape[3] in _COLOURS
        if first and last and array.shape[1:] != (1, 1, 1):
            raise DataError(
                f"Images of the shape {array.shape} may have their channels first or last; say "
                "which with channels='first' or channels='last'."
            )
        if first:
            return array
        if last:
            return array.transpose(0, 3, 1, 2)
    raise DataError(
        f"The images have the shape {array.shape}; give (N, H, W), (N, H, W, C) or (N, C, H, W) "
        "with one or three channels."
    )


def check_shape(shape: Any) -> None:
    """DataError for anything but channels, height and width."""
    whole = isinstance(shape, list | tuple) and all(isinstance(n, int | np.integer) for n in shape)
    if not whole or len(shape) != 3 or min(shape) < 1:
        raise DataError(
            f"shape is {shape!r}; give channels, height and width, such as (1, 28, 28) or "
            "network.input."
        )


def check_contrast(images: Bytes) -> None:
    """DataError for bytes that are all but black: the white of another range is 1."""
    if images.max() <= 1:
        raise DataError(
            f"No pixel of the training images is larger than {images.max()} of {_WHITE}; give "
            "floats or booleans for images from 0 to 1."
        )
