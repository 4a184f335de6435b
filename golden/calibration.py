"""Channel states for weights that come from elsewhere: from the float model and from data.

The integers then start where training would have brought them: with the float model's means and
scales, and with gradients whose sizes are known.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.contract import channels as c
from lls_hw.golden.channel_state import ChannelState
from lls_hw.golden.channel_step import GradientSize, power
from lls_hw.golden.float_channels import FloatNormaliser
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.normalisation import Normaliser
from lls_hw.network.geometry import LayerShape
from lls_hw.network.initial import initial_channels
from lls_hw.network.layer_settings import NORMALISED_INPUT_FRACTION, WEIGHT_FRACTION
from lls_hw.network.network import IMAGE

__all__ = ["float_channels", "set_sizes", "settle_units"]


def float_channels(model: FloatModel, batch: int) -> list[NDArray[np.int32]]:
    """Channel states (O, 6) of each layer with the float model's statistics of outputs.

    Those of gradients are the initial ones, and so are all if the model has not been trained.
    """
    network = model.network
    states = [ChannelState(state) for state in initial_channels(network, batch)]
    if network.normalise and model.step:
        for index, (state, shape) in enumerate(zip(states[:-1], network.geometry, strict=False)):
            inputs = 0 if network.sources[index] == IMAGE else NORMALISED_INPUT_FRACTION
            fraction = WEIGHT_FRACTION + inputs - shape.average_shift
            state.outputs = _outputs(model.normalisers[index], shape, fraction, batch)
    return [state.tensor().numpy().astype(np.int32) for state in states]


def _outputs(real: FloatNormaliser, shape: LayerShape, fraction: int, batch: int) -> Normaliser:
    """Statistics in integers; `fraction` are the fraction bits of the integers' outputs."""
    exponent = real.scale().log2().round().long() + c.WIDE_FRACTION - NORMALISED_INPUT_FRACTION
    unit = (exponent + fraction).clamp(0, c.UNIT_MAX)
    one = 2.0 ** (unit - c.WIDE_FRACTION - fraction).double()
    target = c.deviation_target(batch * shape.handed_on) << c.FRACTION - c.TARGET_FRACTION
    return Normaliser(
        _limited(real.mean / one * 2**c.FRACTION, c.ChannelField.MEAN),
        _limited(real.deviation / one / c.DEVIATION_TARGET * target, c.ChannelField.DEVIATION),
        unit,
    )


def settle_units(model: IntegerModel) -> None:
    """Brings every unit into the range that the activation shift of its layer allows."""
    blocks = zip(model.settings, model.channels, model.shifts, strict=False)
    for setting, state, shift in blocks:
        if setting.normalise:
            outputs = state.outputs
            unit = outputs.unit.clamp(shift, shift + c.SCALE_MAX)
            by = 2.0 ** (outputs.unit - unit).double()
            mean, deviation = (outputs.mean * by).floor(), (outputs.deviation * by).floor()
            state.outputs = Normaliser(
                _limited(mean, c.ChannelField.MEAN),
                _limited(deviation, c.ChannelField.DEVIATION),
                unit,
            )


def set_sizes(model: IntegerModel, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Sets sizes and powers to those of the gradients of training batches, (N, I) and (N,) each.

    Channels without a gradient keep theirs.
    """
    gradients = [model.gradients(x, labels) for x, labels in batches]
    if not gradients or not model.settings[0].channel_step:
        return
    for state, seen in zip(model.channels, zip(*gradients, strict=True), strict=True):
        state.gradient = _sizes(state.gradient, torch.stack(seen))


def _sizes(old: GradientSize, gradients: Tensor) -> GradientSize:
    """Statistics of gradients (B, I, O)."""
    fan_in = gradients.shape[1]
    square = gradients.double().square().mean(dim=(0, 1))
    size = (square.clamp(min=1).log2() / 2).round().long().clamp(max=c.SIZE_MAX)
    mean = power(gradients, size).double().mean(dim=(0, 1))
    full = c.POWER_MEAN * 4.0 ** -c.POWER_SPAN[0]
    found = mean / full * (c.power_target(fan_in) << c.FRACTION)
    return GradientSize(
        torch.where(square > 0, _limited(found, c.ChannelField.POWER), old.power),
        torch.where(square > 0, size, old.size),
        torch.ones_like(size),
    )


def _limited(values: Tensor, field: c.ChannelField) -> Tensor:
    """The nearest integers that the field may have."""
    limits = c.RANGES[field]
    return values.round().long().clamp(limits[0], limits[-1])
