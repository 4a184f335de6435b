"""Geometry of layers: sizes, cells, and the figures of a network."""

import pytest
import torch

from lls_hw.network.file import load_network
from lls_hw.network.geometry import LayerShape, cell_edges
from lls_hw.network.network import Conv, Dense


@pytest.mark.parametrize("cells", [1, 2, 4])
def test_cells_cover_without_overlap(cells):
    """Place p lies in cell floor(p * cells / size); lengths differ by one at most."""
    for size in range(cells, 256):
        edges = cell_edges(size, cells)
        assert edges[0] == 0 and edges[-1] == size and len(edges) == cells + 1
        for place in range(size):
            cell = place * cells // size
            assert edges[cell] <= place < edges[cell + 1]
        lengths = {b - a for a, b in zip(edges, edges[1:], strict=False)}
        assert lengths <= {size // cells, -(-size // cells)}


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_sizes_are_torchs(kernel, stride):
    for height in range(1, 9):
        for width in (1, 4, 7):
            shape = Conv(outputs=5, kernel=kernel, stride=stride, cells=1).shape(3, height, width)
            layer = torch.nn.Conv2d(3, 5, kernel, stride, kernel // 2, bias=False)
            z = layer(torch.zeros(2, 3, height, width))
            assert z.shape == (2, 5, shape.height, shape.width)
            assert shape.output == (5, shape.height, shape.width)
            assert shape.pixels == z[0, 0].numel()
            assert shape.fan_in * shape.channels == layer.weight.numel()
            assert shape.macs == layer.weight.numel() * shape.pixels
            assert shape.taps == kernel**2


@pytest.mark.parametrize("cells, latents, largest", [(1, 6, 63), (2, 24, 20), (4, 96, 6)])
def test_cells_of_a_layer(cells, latents, largest):
    """7 x 9 pixels: the largest cells have 7 x 9, 4 x 5 and 2 x 3."""
    shape = Conv(outputs=6, cells=cells).shape(1, 7, 9)
    assert (shape.latents, shape.largest_cell) == (latents, largest)


@pytest.mark.parametrize("follow, output", [
    ({}, (6, 7, 9)), ({"pool": True}, (6, 3, 4)), ({"average": True}, (6, 4, 4)),
])  # fmt: skip
def test_output(follow, output):
    shape = Conv(outputs=6, cells=4, **follow).shape(1, 7, 9)
    assert shape.output == output
    assert (shape.height, shape.width) == (7, 9)


def test_a_dense_layer_is_a_kernel_of_the_whole_map():
    assert Dense(5).shape(2, 3, 4) == LayerShape(
        in_channels=2, in_height=3, in_width=4, channels=5, kernel_height=3, kernel_width=4
    )
    shape = Dense(5).shape(2, 3, 4)
    assert (shape.fan_in, shape.pixels, shape.latents, shape.macs) == (24, 1, 5, 120)
    assert shape.output == (5, 1, 1)


def test_products_of_a_network():
    """By hand: smallconv on 28 x 28."""
    macs = [shape.macs for shape in load_network("smallconv").geometry]
    assert macs == [784 * 9 * 32, 196 * 288 * 64, 49 * 576 * 128, 512 * 512, 512 * 10]
