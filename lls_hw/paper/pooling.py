"""Pooling as published, including PyTorch's adaptive averages: cells overlap where sizes do not
divide. Of 7 rows in two cells, 0..3 are in the first and 3..6 in the second.

Maps are (N, C, H, W) tensors, channels last in memory; vectors are (N, F).
"""

import torch
from torch import Tensor

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
    """Gradient with respect to a map or vector, from that with respect to its averages."""
    if error.dim() == 2:
        same = error.shape[1] == shape[1]
        return error if same else error @ average_matrix(shape[1], error.shape[1], error)
    count, channels, height, width = shape
    cells = error.shape[2:]
    rows, columns = average_matrix(height, cells[0], error), average_matrix(width, cells[1], error)
    grid = error.permute(0, 2, 3, 1).reshape(count * cells[0], cells[1], channels)
    lines = (columns.T @ grid).reshape(count, cells[0], width * channels)
    return (rows.T @ lines).reshape(count, height, width, channels).permute(0, 3, 1, 2)


def _corners(h: Tensor) -> list[Tensor]:
    """The four pixels of every 2 x 2 block by rows; an odd last row or column is left out."""
    height, width = h.shape[2] // 2 * 2, h.shape[3] // 2 * 2
    return [h[:, :, y:height:2, x:width:2] for y in (0, 1) for x in (0, 1)]


def max_pool(h: Tensor) -> Tensor:
    """Largest of 2 x 2 pixels; an odd last row or column is dropped."""
    a, b, c, d = _corners(h)
    return torch.maximum(torch.maximum(a, b), torch.maximum(c, d))


def max_unpool(error: Tensor, h: Tensor, largest: Tensor) -> Tensor:
    """Gradient with respect to the map h: each error goes to the first pixel that was largest."""
    spread_error = torch.zeros_like(h)
    free = torch.ones_like(largest, dtype=torch.bool)
    for pixel, target in zip(_corners(h), _corners(spread_error), strict=True):
        here = (pixel == largest) & free
        target.copy_(error * here)
        free &= ~here
    return spread_error
