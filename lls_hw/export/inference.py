"""Inference of a trained network as constants: what every export writes in its own language.

`docs/numerics.md` defines the arithmetic.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.contract.channels import FRACTION, SCALE_MAX, ChannelField
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.state_check import checked_state
from lls_hw.network.geometry import LayerShape
from lls_hw.network.layer_settings import LayerSettings, layer_settings
from lls_hw.network.network import Network

__all__ = ["Inference", "Layer", "Normalisation", "Vote", "inference_of"]


@dataclass(frozen=True)
class Normalisation:
    """What is taken out of each channel of a block's outputs: x = half_up(v * 2**-scale - mean)."""

    scale: NDArray[np.int64]
    """Right shift of each channel, 0..SCALE_MAX."""
    mean: NDArray[np.int64]
    """In halves of a normalised output."""


@dataclass(frozen=True)
class Vote:
    """What makes the exponents of a block's own scores from its latents."""

    basis: NDArray[np.int64]
    """(K, d)"""
    basis_shift: int
    temperature_shift: int
    modulation: NDArray[np.int64]
    """(K,) or (K, K) Q12; empty for none."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer with its weights (fan_in, fan_out)."""

    shape: LayerShape
    weight: NDArray[np.int16]
    classifier: bool
    shift: int
    """From sums to activations, or to the classifier's logits."""
    normalisation: Normalisation | None
    vote: Vote | None

    @property
    def follows(self) -> str:
        """How the layer hands on its outputs: average, pool or none."""
        return "average" if self.shape.average else "pool" if self.shape.pool else "none"


@dataclass(frozen=True)
class Inference:
    """A network's layers in their order; the last is the classifier."""

    network: Network
    layers: list[Layer]
    class_names: tuple[str, ...] = ()
    """One for each class, if the state has them."""


def inference_of(network: Network, state: TrainingState) -> Inference:
    """Constants of the inference; InputError if the state is none of the network."""
    state = checked_state(network, state)
    settings = layer_settings(network, network.training.batch, network.training.lr_shifts[0])
    basis = make_basis(network.basis, network.classes, network.widest).astype(np.int64)
    layers = []
    for index, setting in enumerate(settings):
        vote = network.votes and not setting.classifier
        layers.append(
            Layer(
                shape=setting.shape,
                weight=state.weights[index].astype(np.int16),
                classifier=setting.classifier,
                shift=setting.logit_shift if setting.classifier else int(state.shifts[index]),
                normalisation=_normalisation(state, index) if setting.normalise else None,
                vote=_vote(network, state, setting, index, basis) if vote else None,
            )
        )
    names = state.meta.get("class_names")
    return Inference(network, layers, tuple(names) if isinstance(names, list) else ())


def _normalisation(state: TrainingState, index: int) -> Normalisation:
    """A unit below what the shift allows is coarser than the state has it, and so is the mean."""
    columns = state.channels[index].astype(np.int64).T
    scale = columns[ChannelField.UNIT] - int(state.shifts[index])
    mean = columns[ChannelField.MEAN] >> (-scale).clip(0, SCALE_MAX)
    return Normalisation(scale.clip(0, SCALE_MAX), mean >> FRACTION - 1)


def _vote(
    network: Network,
    state: TrainingState,
    setting: LayerSettings,
    index: int,
    basis: NDArray[np.int64],
) -> Vote:
    return Vote(
        basis[:, : setting.shape.latents],
        basis_shift(network.basis),
        setting.temperature_shift,
        state.modulations[index].astype(np.int64),
    )
