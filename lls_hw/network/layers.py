"""Layers of a network: fully connected ones and convolutions."""

from dataclasses import dataclass, replace

from lls_hw.contract import formats as f
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.modulation import MODULATIONS
from lls_hw.network.checks import NetworkError, check, choose, take_numbers
from lls_hw.network.geometry import LayerShape
from lls_hw.tools.shown import shown

__all__ = ["MAX_OUTPUTS", "Block", "Conv", "Dense"]

MAX_OUTPUTS = (1 << FIELDS["channels"]) - 1
MAX_CELL = f.LATENT_MAX // f.ACT_MAX


@dataclass(frozen=True, kw_only=True)
class Block:
    """Settings that every layer has."""

    outputs: int
    """Output channels."""
    headroom: int = 1
    """Bits kept free above the largest activation of the previous batch."""
    temperature_shift: int = 0
    """T = 2**-temperature_shift of the block's local loss."""
    modulation: str = "none"
    """Trainable modulation of the block's scores: none, vector (LLS-M) or matrix (LLS-MxM)."""

    def __post_init__(self) -> None:
        take_numbers(self)
        check("outputs of a layer", self.outputs, 1, MAX_OUTPUTS)
        check("headroom of a layer", self.headroom, 0, f.ACT_BITS - 2)
        low, high = f.TEMPERATURE_SHIFTS[0], f.TEMPERATURE_SHIFTS[-1]
        check("temperature_shift of a layer", self.temperature_shift, low, high)
        choose("modulation of a layer", self.modulation, MODULATIONS)


class Dense(Block):
    """A fully connected layer; an LLS block unless it is the network's classifier."""

    def __init__(
        self,
        outputs: int,
        headroom: int = 1,
        temperature_shift: int = 0,
        modulation: str = "none",
    ) -> None:
        super().__init__(
            outputs=outputs,
            headroom=headroom,
            temperature_shift=temperature_shift,
            modulation=modulation,
        )

    def shape(self, channels: int, height: int, width: int) -> LayerShape:
        """Geometry of the layer on such a map."""
        return LayerShape(
            in_channels=channels,
            in_height=height,
            in_width=width,
            channels=self.outputs,
            kernel_height=height,
            kernel_width=width,
        )


@dataclass(frozen=True, kw_only=True)
class Conv(Block):
    """A convolution with LeakyReLU, then optional max pooling or averaging; an LLS block."""

    kernel: int = 3
    """3 (padding 1) or 1."""
    stride: int = 1
    cells: int = 4
    """The latents are the sums over cells x cells parts of the map: 1, 2 or 4."""
    pool: bool = False
    """2 x 2 max pooling after the activation."""
    average: bool = False
    """The output is the average of each cell, for a fully connected layer."""
    average_shift: int = -1
    """Right shift from a cell's sum to int8; -1 keeps half of the mean's resolution."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value, allowed in (
            ("kernel", self.kernel, (1, 3)),
            ("stride", self.stride, (1, 2)),
            ("cells", self.cells, (1, 2, 4)),
        ):
            if value not in allowed or type(value) is not int:
                raise NetworkError(
                    f"{name} of a convolution is {shown(value)}; the hardware does "
                    f"{', '.join(map(str, allowed))}."
                )
        check("average_shift of a convolution", self.average_shift, -1, 15)
        for name in ("pool", "average"):
            if not isinstance(getattr(self, name), bool):
                raise NetworkError(
                    f"{name} of a convolution is {shown(getattr(self, name))}; it must be true or "
                    "false: pooling is always 2 x 2, averages are those of the cells."
                )
        if self.pool and self.average:
            raise NetworkError("A convolution has pool and average; it can only have one of them.")

    def shape(self, channels: int, height: int, width: int) -> LayerShape:
        """Geometry of the layer on such a map."""
        shape = LayerShape(
            in_channels=channels,
            in_height=height,
            in_width=width,
            channels=self.outputs,
            kernel_height=self.kernel,
            kernel_width=self.kernel,
            stride=self.stride,
            pad=self.kernel // 2,
            cells=self.cells,
            pool=self.pool,
            average=self.average,
        )
        smallest = max(self.cells, 2 if self.pool else 1)
        if min(shape.height, shape.width) < smallest:
            raise NetworkError(
                f"a map of {shape.height} x {shape.width} pixels cannot be cut into "
                f"{self.cells} x {self.cells} cells or pooled; make the image larger or cells "
                "smaller."
            )
        if shape.largest_cell > MAX_CELL:
            raise NetworkError(
                f"a cell has {shape.largest_cell} pixels; sums are exact up to {MAX_CELL}: use "
                "more cells."
            )
        mean = (shape.largest_cell - 1).bit_length()
        shift = max(mean - 1, 0) if self.average_shift < 0 else self.average_shift
        return replace(shape, average_shift=shift if self.average else 0)
