"""Geometry of a network's layers: maps, kernels, cells, numbers of products."""

from dataclasses import dataclass

__all__ = ["LayerShape", "cell_edges"]


def cell_edges(size: int, cells: int) -> list[int]:
    """First position of each cell, then `size`; position p is in cell floor(p * cells / size)."""
    return [-(-k * size // cells) for k in range(cells + 1)]


@dataclass(frozen=True, kw_only=True)
class LayerShape:
    """One layer as the arithmetic sees it. Maps are height x width x channels.

    A fully connected layer is a kernel as large as its input map, without padding.
    """

    in_channels: int
    in_height: int
    in_width: int
    channels: int
    kernel_height: int
    kernel_width: int
    stride: int = 1
    pad: int = 0
    cells: int = 1
    """The latents are the sums over cells x cells parts of the map."""
    pool: bool = False
    """2 x 2 max pooling after the activation."""
    average: bool = False
    """The output is the requantised cell sums."""
    average_shift: int = 0

    @property
    def height(self) -> int:
        """Rows of the map before pooling."""
        return (self.in_height + 2 * self.pad - self.kernel_height) // self.stride + 1

    @property
    def width(self) -> int:
        """Columns of the map before pooling."""
        return (self.in_width + 2 * self.pad - self.kernel_width) // self.stride + 1

    @property
    def pixels(self) -> int:
        """Outputs of a channel before pooling."""
        return self.height * self.width

    @property
    def taps(self) -> int:
        """Pixels under the kernel."""
        return self.kernel_height * self.kernel_width

    @property
    def fan_in(self) -> int:
        """Weights of one output channel; index (ky * kernel_width + kx) * in_channels + c."""
        return self.taps * self.in_channels

    @property
    def latents(self) -> int:
        """Latents of one sample; index (cell_row * cells + cell_column) * channels + o."""
        return self.cells * self.cells * self.channels

    @property
    def largest_cell(self) -> int:
        """Pixels of the largest cell."""
        return -(-self.height // self.cells) * -(-self.width // self.cells)

    @property
    def output(self) -> tuple[int, int, int]:
        """Channels, height and width of the next layer's input."""
        if self.average:
            return self.channels, self.cells, self.cells
        if self.pool:
            return self.channels, self.height // 2, self.width // 2
        return self.channels, self.height, self.width

    @property
    def handed_on(self) -> int:
        """Outputs of a channel after pooling or averaging: pixels of the next layer's input."""
        _, height, width = self.output
        return height * width

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one sample's forward pass."""
        return self.pixels * self.fan_in * self.channels
