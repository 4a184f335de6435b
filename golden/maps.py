"""Integer arithmetic on maps: patches, cells, pooling. Maps are (N, H, W, C) int64 tensors."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from lls_hw.contract import formats as f
from lls_hw.golden.integer import round_shift, saturate
from lls_hw.network.geometry import LayerShape, cell_edges

__all__ = ["average", "cell_sums", "from_cells", "max_pool", "patches"]


def patches(x: Tensor, shape: LayerShape) -> Tensor:
    """Inputs of the kernel at each output pixel: (N * height * width, fan_in), zero outside."""
    p, s = shape.pad, shape.stride
    if shape.fan_in == x[0].numel() and not p:  # a kernel of the whole map
        return x.reshape(-1, shape.fan_in)
    padded = pad(x, (0, 0, p, p, p, p))
    taps = [
        padded[:, ky : ky + s * (shape.height - 1) + 1 : s, kx : kx + s * (shape.width - 1) + 1 : s]
        for ky in range(shape.kernel_height)
        for kx in range(shape.kernel_width)
    ]
    return torch.cat(taps, dim=-1).reshape(-1, shape.fan_in)


def _cell_of(size: int, cells: int, device: torch.device) -> Tensor:
    return torch.arange(size, device=device) * cells // size


def cell_sums(h: Tensor, cells: int) -> Tensor:
    """Latents: sums over the cells of a map, (N, cells * cells * C)."""
    rows, columns = (cell_edges(size, cells) for size in h.shape[1:3])
    sums = [
        h[:, top:bottom, left:right].sum(dim=(1, 2))
        for top, bottom in zip(rows, rows[1:], strict=False)
        for left, right in zip(columns, columns[1:], strict=False)
    ]
    return torch.cat(sums, dim=1)


def from_cells(values: Tensor, shape: LayerShape) -> Tensor:
    """Each pixel gets the value of its cell: (N, latents) to (N * height * width, C)."""
    grid = values.reshape(-1, shape.cells, shape.cells, shape.channels)
    rows, columns = (
        _cell_of(size, shape.cells, values.device) for size in (shape.height, shape.width)
    )
    return grid[:, rows][:, :, columns].reshape(-1, shape.channels)


def max_pool(h: Tensor) -> Tensor:
    """Largest of 2 x 2 pixels; an odd last row or column is dropped."""
    height, width = h.shape[1] // 2 * 2, h.shape[2] // 2 * 2
    even = h[:, :height, :width]
    rows = torch.maximum(even[:, 0::2], even[:, 1::2])
    return torch.maximum(rows[:, :, 0::2], rows[:, :, 1::2])


def average(u: Tensor, shape: LayerShape) -> Tensor:
    """Requantised cell sums: (N, latents) to a map (N, cells, cells, C)."""
    a = saturate(round_shift(u, shape.average_shift), f.ACT_MAX)
    return a.reshape(-1, shape.cells, shape.cells, shape.channels)
