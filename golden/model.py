"""The integer golden model: a network trained with the engine's exact arithmetic."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lls_hw.contract import formats as f
from lls_hw.contract.channels import ChannelField
from lls_hw.golden import integer
from lls_hw.golden.channel_state import ChannelState
from lls_hw.golden.maps import average, cell_sums, from_cells, max_pool, patches
from lls_hw.golden.modulation import modulated_error, modulated_exponents, modulation_update
from lls_hw.golden.noise import noise
from lls_hw.golden.normalisation import wide_activation, wide_average
from lls_hw.network.layer_settings import LayerSettings
from lls_hw.network.network import IMAGE

__all__ = ["IntegerModel", "StepResult"]


@dataclass(frozen=True)
class StepResult:
    """For each sample the predicted class and the probability of the label (Q15)."""

    prediction: Tensor
    probability: Tensor

    @property
    def loss(self) -> Tensor:
        """Cross-entropy of each sample in nats; probabilities below 2**-16 count as 2**-16."""
        return -torch.log(self.probability.double().clamp(min=0.5) / f.ONE)


class _Record(NamedTuple):
    """What a layer's gradient is made of."""

    inputs: Tensor
    """Inputs of the kernel at each output pixel (P, I)."""
    negative: Tensor | None
    """Outputs below zero (P, O); the classifier has none."""
    shift: int | Tensor
    """Activation shift of the batch ()."""
    m: Tensor
    """Errors of the latents (N, d)."""
    exponent: Tensor
    """Of the errors (N,)."""


class IntegerModel:
    """Weights, requantisation shifts and step counter of a network in training.

    `weights` are (fan_in, fan_out) int16 arrays, `shifts` one for each layer (ignored for the
    classifier), `basis` (K, at least the widest d) ternary or int8. `modulations` are one for each
    layer, (K,) or (K, K) int16, empty for a layer without (the default for all). `velocities` are
    int32 in the shapes of the weights, zero by default; without momentum they do not change.
    `channels` are (O, 6) int32, one for each layer, as `contract.channels.ChannelField` says; only
    networks with normalisation or steps of a channel have them. With `vote`, inference predicts the
    class with the largest sum of all layers' exponents.

    All state lives on `device`, and inputs must.
    """

    def __init__(
        self,
        weights: list[np.ndarray],
        settings: list[LayerSettings],
        shifts: list[int],
        basis: np.ndarray,
        step: int = 0,
        modulations: list[np.ndarray] | None = None,
        velocities: list[np.ndarray] | None = None,
        channels: list[np.ndarray] | None = None,
        vote: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        integers = partial(torch.tensor, dtype=torch.int64, device=device)
        self.weights = [integers(w) for w in weights]
        self.settings = settings
        self._shifts = [integers(shift) for shift in shifts]
        self.basis = integers(basis)
        self._step = integers(step)
        given = modulations or [np.zeros(0, np.int16)] * len(weights)
        self.modulations = [integers(m) for m in given]
        still = velocities or [np.zeros(w.shape, np.int32) for w in weights]
        self.velocities = [integers(v) for v in still]
        self.channels = [ChannelState(state, device) for state in channels or ()]
        self.vote = vote

    @property
    def shifts(self) -> list[int]:
        """Activation shift of each layer."""
        return [int(shift) for shift in self._shifts]

    @shifts.setter
    def shifts(self, shifts: list[int]) -> None:
        self._shifts = [torch.full_like(self._step, shift) for shift in shifts]

    @property
    def step(self) -> int:
        """Batches trained so far."""
        return int(self._step)

    @step.setter
    def step(self, step: int) -> None:
        self._step = torch.full_like(self._step, step)

    def state(self) -> list[Tensor]:
        """All that a step changes: the tensors themselves."""
        channels = [tensor for channel in self.channels for tensor in channel.fields()]
        own = (self.weights, self.velocities, self.modulations, self._shifts)
        return [*chain(*own), *channels, self._step]

    def load(self, state: list[Tensor]) -> None:
        """Takes tensors in the order of `state`, without copying them."""
        tensors = iter(state)
        self.weights, self.velocities, self.modulations, self._shifts = (
            list(islice(tensors, len(self.weights))) for _ in range(4)
        )
        for channel in self.channels:
            channel.set_fields(islice(tensors, len(ChannelField)))
        (self._step,) = tensors

    def infer(self, x: Tensor, labels: Tensor) -> StepResult:
        """Forward pass with the current shifts; changes nothing."""
        return self._forward(x, labels, train=False)[0]

    def probabilities(self, x: Tensor) -> Tensor:
        """The classifier's probability (N, K) of every class, Q15; changes nothing."""
        labels = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        _, records = self._forward(x, labels, train=False)
        error = records[-1].m
        return error + integer.one_hot(labels, error.shape[1]) * f.ONE

    def calibrate(self, x: Tensor) -> None:
        """Sets each shift to the value that a training batch of these inputs would leave.

        Nothing else changes.
        """
        for _ in self.weights:  # a layer's shift settles after those of earlier layers
            self._trial(x, torch.zeros(len(x), device=x.device))

    def gradients(self, x: Tensor, labels: Tensor) -> list[Tensor]:
        """Gradients (I, O) of a training batch, one for each layer's weights; changes nothing."""
        shifts = list(self._shifts)
        records = self._trial(x, labels)
        self._shifts = shifts
        return [self._gradient(index, record)[0] for index, record in enumerate(records)]

    def _trial(self, x: Tensor, labels: Tensor) -> list[_Record]:
        """What a training batch computes before it changes weights; only shifts change."""
        modulations, channels = list(self.modulations), deepcopy(self.channels)
        _, records = self._forward(x, labels, train=True)
        self.modulations, self.channels = modulations, channels
        return records

    def train_step(self, x: Tensor, labels: Tensor) -> StepResult:
        """One batch: x (N, I) int8 values, labels (N,). Updates weights, shifts and step."""
        result, records = self._forward(x, labels, train=True)
        for index, record in enumerate(records):
            setting = self.settings[index]
            self._update(index, *self._gradient(index, record))
            if setting.normalise:
                pixels = len(x) * setting.shape.handed_on
                self.channels[index].outputs.settle(pixels, record.shift)
        self._step = self._step + 1
        return result

    def _gradient(self, index: int, record: _Record) -> tuple[Tensor, Tensor]:
        """Gradient of a layer's weights: that of the loss times a constant times 2**scale."""
        shape = self.settings[index].shape
        shifts, level = integer.error_shifts(record.m, record.exponent)
        errors = from_cells(record.m, shape)
        v = integer.delta(errors, shifts.repeat_interleave(shape.pixels), record.negative)
        return integer.weight_gradient(record.inputs, v), record.shift - level

    def _update(self, index: int, gradient: Tensor, scale: Tensor) -> None:
        """Updates the weights of a layer and, with momentum, their velocities.

        The gradient is that of the loss times a constant times 2**scale.
        """
        weights, setting = self.weights[index], self.settings[index]
        shift = setting.update_offset + scale
        if setting.channel_step:
            state = self.channels[index].gradient
            shift = setting.update_offset + state.size
            state.observe(gradient, self._step)
        rounding = noise(self._step, index, *weights.shape)
        if not setting.momentum_shift:
            self.weights[index] = integer.update(weights, gradient, shift, rounding)
            return
        self.weights[index], self.velocities[index] = integer.momentum_update(
            weights, self.velocities[index], gradient, shift, rounding, setting.momentum_shift
        )

    def _votes(self, index: int, u: Tensor) -> Tensor:
        """Exponents (N, K) of a block's own scores."""
        setting, modulation = self.settings[index], self.modulations[index]
        basis = self.basis[:, : setting.shape.latents]
        block = u, basis, setting.temperature_shift
        if len(modulation):
            return modulated_exponents(*block, modulation, setting.basis_shift)
        return integer.block_exponents(*block, setting.basis_shift)

    def _local(self, index: int, u: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Errors and exponents of a block's latents; updates its modulation."""
        setting, modulation = self.settings[index], self.modulations[index]
        basis = self.basis[:, : setting.shape.latents]
        block = u, labels, basis, setting.temperature_shift
        if not len(modulation):
            m, exponent, _, _ = integer.latent_error(*block, setting.basis_shift)
            return m, exponent
        error = modulated_error(*block, modulation, setting.basis_shift)
        self.modulations[index] = modulation_update(
            modulation, error.gradient, setting.modulation_shift, self._step, index
        )
        return error.m, error.exponent

    def _forward(self, x: Tensor, labels: Tensor, train: bool) -> tuple[StepResult, list[_Record]]:
        labels = labels.long()
        outputs = {IMAGE: x.long()}
        records: list[_Record] = []
        votes = self.basis.new_zeros(len(labels), self.weights[-1].shape[1])
        for index, (w, setting) in enumerate(zip(self.weights, self.settings, strict=True)):
            shape = setting.shape
            size = shape.in_height, shape.in_width, shape.in_channels
            maps = outputs[setting.source].reshape(len(labels), *size)
            seen = patches(maps, shape)
            z = integer.forward(seen, w)
            if train and setting.channel_step:
                self.channels[index].gradient.settle(shape.fan_in)
            if setting.classifier:
                m, exponent, prediction, p = integer.classifier_error(
                    z, setting.logit_shift, labels
                )
                if self.vote and not train:
                    votes = votes + integer.classifier_exponents(z, setting.logit_shift)
                    prediction = integer.first_largest(votes)
                records.append(_Record(seen, None, 0, m, exponent))
                return StepResult(prediction, p), records
            shift = self._shifts[index]
            h, negative, length = integer.activation(z, shift)
            h = h.reshape(len(labels), shape.height, shape.width, shape.channels)
            u = cell_sums(h, shape.cells)
            if self.vote and not train:
                votes = votes + self._votes(index, u)
            if train:
                self._shifts[index] = integer.next_shift(length, setting.headroom)
                m, exponent = self._local(index, u, labels)
                records.append(_Record(seen, negative, shift, m, exponent))
            if setting.normalise:
                wide = wide_activation(z, shift).reshape(h.shape)
                outputs[index] = self._normalised(index, shift, wide, u, train)
                continue
            outputs[index] = (
                average(u, shape) if shape.average else max_pool(h) if shape.pool else h
            )
        raise ValueError("The last layer of a network must be its classifier.")

    def _normalised(
        self, index: int, shift: Tensor, wide: Tensor, u: Tensor, train: bool
    ) -> Tensor:
        """What a block hands on: its wide activations (N, H, W, O), or averages of cells."""
        state, shape = self.channels[index].outputs, self.settings[index].shape
        if shape.average:
            grid = -1, shape.cells, shape.cells, shape.channels
            wide = wide_average(u, shape.average_shift).reshape(grid)
        x = state(wide, shift)
        x = max_pool(x) if shape.pool else x
        if train:
            state.observe(x.reshape(-1, shape.channels), self._step)
        return x
