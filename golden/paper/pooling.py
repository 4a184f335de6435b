"""Pooling as published, PyTorch's adaptive averages included: cells overlap where sizes do not
divide. Of 7 rows in two cells, 0..3 lie in the first and 3..6 in the second.

Maps are (N, C, H, W) tensors, channels last in memory; vectors are (N, F).
"""

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["average_matrix", "averages", "max_pool", "max_unpool", "spread"]


def average_matrix(size: int, parts: int, like: Tensor) -> Tensor:
    """(parts, size): row i averages places floor(i size / parts) .. ceil((i + 1) size / parts)."""
    matrix = torch.zeros(parts, size, dtype=like.dtype, device=like.device)
    for i in range(parts):
        start, end = i * size // parts, -(-(i + 1) * size // parts)
        matrix[i, start:end] = 1 / (end - start)
    return matrix


def averages(h: Tensor, cells: tuple[int, int]) -> Tensor:
    """Averages of the cells of a map: (N, C, H, W) to (N, C, rows, columns); of a vector (N, F):
    (N, columns)."""
    if h.dim() == 2:
        return h if h.shape[1] == cells[1] else h @ average_matrix(h.shape[1], cells[1], h).T
    count, channels, height, width = h.shape
    rows, columns = average_matrix(height, cells[0], h), average_matrix(width, cells[1], h)
    lines = rows @ h.permute(0, 2, 3, 1).reshape(count, height, width * channels)
    grid = columns @ lines.reshape(count * cells[0], width, channels)
    return grid.reshape(count, *cells, channels).permute(0, 3, 1, 2)


def spread(error: Tensor, shape: torch.Size) -> Tensor:
    """Gradient by a map or vector of that shape from the gradient by its averages."""
    if error.dim() == 2:
        same = error.shape[1] == shape[1]
        return error if same else error @ average_matrix(shape[1], error.shape[1], error)
    count, channels, height, width = shape
    cells = error.shape[2:]
    rows, columns = average_matrix(height, cells[0], error), average_matrix(width, cells[1], error)
    grid = error.permute(0, 2, 3, 1).reshape(count * cells[0], cells[1], channels)
    lines = (columns.T @ grid).reshape(count, cells[0], width * channels)
    return (rows.T @ lines).reshape(count, height, width, channels).permute(0, 3, 1, 2)


def max_pool(h: Tensor) -> tuple[Tensor, Tensor]:
    """Largest of 2 x 2 pixels, the first of several; and its place."""
    return functional.max_pool2d(h, 2, return_indices=True)


def max_unpool(error: Tensor, places: Tensor, shape: torch.Size) -> Tensor:
    """Gradient by the map before max pooling: each error goes to where its maximum was."""
    return functional.max_unpool2d(error, places, [2, 2], output_size=list(shape[2:]))
