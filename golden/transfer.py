"""Weights of a trained PyTorch module as the state of a board, which computes nearly the same.

A LeakyReLU does not change with a positive scale of its argument. So each output channel may have
any scale: it is divided out of the weights of the next layer. Scales are chosen from images: the
largest activation of each channel becomes LARGEST, and the weights of a layer get the size with
which training starts.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.golden import integer
from lls_hw.golden.maps import average, cell_sums, max_pool, patches
from lls_hw.golden.normalisation import normalise, wide_activation, wide_average
from lls_hw.network.geometry import LayerShape
from lls_hw.network.initial import initial_channels
from lls_hw.network.layer_settings import WEIGHT_FRACTION, layer_settings
from lls_hw.network.layers import Conv, Dense
from lls_hw.network.modules import TorchLayer
from lls_hw.network.network import Network

__all__ = ["CALIBRATION", "transferred"]

CALIBRATION = 256
"""At most so many images are looked at."""
LARGEST = 126
"""Of an activation on these images."""


def transferred(
    network: Network, layers: Sequence[TorchLayer], inputs: NDArray[np.int8], unit: float
) -> tuple[Network, TrainingState]:
    """The network with averages that fit, and its state.

    Parameters
    ----------
    layers : those of the module from which the network was made.
    inputs : (N, I) of the engine. unit : of an input, in those of the module.
    """
    places = np.linspace(0, len(inputs) - 1, min(CALIBRATION, len(inputs))).round().astype(int)
    x = torch.from_numpy(inputs[places].astype(np.int64))
    units = torch.full((network.input[0],), unit, dtype=torch.float64)
    weights, shifts, blocks = [], [], []
    states = initial_channels(network, network.training.batch)
    for index, layer in enumerate(layers[:-1]):
        block = _Block(layer, network.geometry[index], x, units)
        if network.normalise:
            x, units = block.normalised(states[index])
        else:
            x, units = block.outputs()
        weights.append(block.weight)
        shifts.append(block.shift)
        blocks.append(_with_average(network.layers[index], block.shape))
    network = replace(network, layers=(*blocks, network.layers[-1]))
    weights.append(_classifier(network, layers[-1], units))
    arrays = [w.numpy().astype(np.int16) for w in weights]
    return network, TrainingState(arrays, [*shifts, 0], channels=states)


def _with_average(layer: Conv | Dense, shape: LayerShape) -> Conv | Dense:
    """The layer with the shift of averages that was chosen."""
    if isinstance(layer, Conv) and layer.average:
        return replace(layer, average_shift=shape.average_shift)
    return layer


def _classifier(network: Network, layer: TorchLayer, units: Tensor) -> Tensor:
    """Weights whose logits are the module's; smaller ones if they do not fit."""
    shape = network.geometry[-1]
    settings = layer_settings(network, network.training.batch, 0)[-1]
    real = _per_input(layer, shape, units) * 2.0 ** (settings.logit_shift + f.LOGIT_FRACTION)
    return (real * (f.WEIGHT_MAX / real.abs().max()).clamp(max=1)).round().long()


def _per_input(layer: TorchLayer, shape: LayerShape, units: Tensor) -> Tensor:
    """Real weights (fan_in, O) of integer inputs whose channels have the units (C,)."""
    return torch.from_numpy(layer.weight.copy()) * units.repeat(shape.taps)[:, None]


def _bits(largest: Tensor, limit: float) -> Tensor:
    """The least right shift after which values of that size do not exceed the limit."""
    return (largest / limit).clamp(min=1).log2().ceil().long()


class _Block:
    """Weights and shift of a block, and its outputs for inputs x (N, I) with units (C,)."""

    def __init__(self, layer: TorchLayer, shape: LayerShape, x: Tensor, units: Tensor) -> None:
        self.layer, self.shape = layer, shape
        maps = x.reshape(len(x), shape.in_height, shape.in_width, shape.in_channels)
        seen = patches(maps, shape)
        real = _per_input(layer, shape, units)
        sums = seen.double() @ real
        largest = torch.where(sums < 0, sums * 2.0**-f.SLOPE_SHIFT, sums).abs().amax(dim=0)
        typical = largest.max() if largest.max() else torch.ones_like(largest[0])
        self.unit = torch.where(largest > 0, largest, typical) / LARGEST
        """Of an activation in each channel (O,)."""
        real = real / self.unit
        self.shift = _shift(real)
        self.weight = integer.saturate((real * 2.0**self.shift).round().long(), f.WEIGHT_MAX)
        self._z = integer.forward(seen, self.weight)
        size = len(x), shape.height, shape.width, shape.channels
        self._h = integer.activation(self._z, self.shift)[0].reshape(size)
        self._sums = cell_sums(self._h, shape.cells)
        if shape.average:
            down = int(_bits(self._sums.abs().max(), f.ACT_MAX))
            self.shape = replace(shape, average_shift=down)
            area = shape.pixels // shape.cells**2
            self.unit = self.unit * 2.0**down / area

    def outputs(self) -> tuple[Tensor, Tensor]:
        """Inputs of the next layer, and their units."""
        if self.shape.average:
            return average(self._sums, self.shape), self.unit
        return max_pool(self._h) if self.shape.pool else self._h, self.unit

    def normalised(self, state: NDArray[np.int32]) -> tuple[Tensor, Tensor]:
        """The same with scale and mean of each channel taken out, which `state` (O, 6) gets."""
        if self.shape.average:
            grid = len(self._h), self.shape.cells, self.shape.cells, self.shape.channels
            wide = wide_average(self._sums, self.shape.average_shift).reshape(grid)
        else:
            wide = wide_activation(self._z, self.shift).reshape(self._h.shape)
        unit = self.unit * 2.0**-c.WIDE_FRACTION
        gain, centre = torch.ones_like(unit), torch.zeros_like(unit)
        if self.layer.gain is not None and self.layer.shift is not None:
            gain = torch.from_numpy(self.layer.gain.copy())
            centre = -torch.from_numpy(self.layer.shift.copy()) / gain / unit
        span = (wide - centre).abs().flatten(0, -2).amax(dim=0)
        scale = _bits(span, f.ACT_MAX).clamp(max=c.SCALE_MAX)
        mean = (centre * 2.0 ** (c.FRACTION - scale)).round().long()
        mean = integer.saturate(mean, c.MEAN_MAX)
        state[:, c.ChannelField.MEAN] = mean.numpy()
        state[:, c.ChannelField.UNIT] = (scale + self.shift).numpy()
        x = normalise(wide, scale, mean)
        return max_pool(x) if self.shape.pool else x, unit * 2.0**scale * gain


def _shift(real: Tensor) -> int:
    """The shift with which weights (fan_in, O) get the size that initial ones have, and fit."""
    size, largest = real.square().mean().sqrt(), real.abs().max()
    if not largest:
        return WEIGHT_FRACTION
    wanted = torch.log2(2.0**WEIGHT_FRACTION / len(real) ** 0.5 / size).round()
    most = torch.log2(f.WEIGHT_MAX / largest).floor()
    return int(torch.minimum(wanted, most).clamp(0, f.SHIFT_MAX))
