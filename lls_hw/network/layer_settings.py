"""Constants of each layer's arithmetic, derived from rates and formats."""

from dataclasses import dataclass

from lls_hw.contract import formats as f
from lls_hw.contract.basis import basis_shift
from lls_hw.network.checks import check
from lls_hw.network.geometry import LayerShape
from lls_hw.network.network import LR_LIMITS, LR_SHIFTS, Network

__all__ = ["WEIGHT_FRACTION", "LayerSettings", "layer_settings"]

WEIGHT_FRACTION = 12
"""Weights are read as Q12 numbers: 4096 is one."""
CLASSIFIER_INPUT_FRACTION = 6
"""The classifier reads its input activations as Q6 numbers: 64 is one."""
NORMALISED_INPUT_FRACTION = 5
"""Normalised inputs it reads as Q5 numbers: 32 is one, and one sigma."""


@dataclass(frozen=True, kw_only=True)
class LayerSettings:
    """Constants of one layer's arithmetic."""

    classifier: bool
    """The last layer: logits, no activation."""
    headroom: int = 1
    """Bits kept free above the largest activation of the previous batch."""
    temperature_shift: int = 0
    """T = 2**-temperature_shift."""
    logit_shift: int = 0
    """Classifier only: right shift from accumulator to Q8 logit."""
    update_offset: int = 0
    """Constant part of the update shift: learning rate and weight format, and of steps of a layer
    batch size and temperature."""
    basis_shift: int = 0
    """Fraction bits of the basis."""
    modulation_shift: int = 0
    """Update shift of the modulation."""
    momentum_shift: int = 0
    """Momentum 1 - 2**-momentum_shift of the weights; 0: none."""
    normalise: bool = False
    """Outputs are handed on with mean and scale of each channel taken out."""
    channel_step: bool = False
    """Gradients of each channel are divided by their running size."""
    shape: LayerShape
    """Maps and kernel."""
    source: int
    """The layer whose outputs this one reads, or IMAGE."""


def layer_settings(network: Network, batch: int, lr_shift: int) -> list[LayerSettings]:
    """Constants of each layer for steps of `batch` samples at learning rate 2**-lr_shift.

    The mean over the batch divides by the next power of two at or above `batch`.
    `docs/numerics.md` derives the offsets. NetworkError for a rate outside of LR_LIMITS.
    """
    check("lr_shift", lr_shift, *LR_LIMITS)
    training = network.training
    channel_step = training.step == "channel"
    rate = (batch - 1).bit_length() + lr_shift
    relative = lr_shift - WEIGHT_FRACTION
    common = 10 - 2 * WEIGHT_FRACTION + rate
    inputs = NORMALISED_INPUT_FRACTION if network.normalise else CLASSIFIER_INPUT_FRACTION
    logit_fraction = WEIGHT_FRACTION + inputs
    fraction = f.MODULATION_GRADIENT_FRACTION - f.MODULATION_FRACTION
    modulation = fraction + rate + training.modulation_lr_shift
    if channel_step:  # lr_shift is relative to the gradient; a modulation's is not
        modulation -= LR_SHIFTS["channel"][0]
    hidden = [
        LayerSettings(
            classifier=False,
            headroom=layer.headroom,
            temperature_shift=layer.temperature_shift,
            update_offset=relative if channel_step else common - layer.temperature_shift,
            basis_shift=basis_shift(network.basis),
            momentum_shift=training.momentum_shift,
            modulation_shift=min(max(modulation - layer.temperature_shift, 0), f.UPDATE_SHIFT_MAX),
            normalise=network.normalise,
            channel_step=channel_step,
            shape=shape,
            source=source,
        )
        for layer, shape, source in zip(
            network.layers[:-1], network.geometry, network.sources, strict=False
        )
    ]
    classifier = LayerSettings(
        classifier=True,
        logit_shift=logit_fraction - f.LOGIT_FRACTION,
        momentum_shift=training.momentum_shift,
        update_offset=(relative if channel_step else common + logit_fraction)
        + training.classifier_lr_shift,
        channel_step=channel_step,
        shape=network.geometry[network.classifier],
        source=network.sources[network.classifier],
    )
    return [*hidden, classifier]
