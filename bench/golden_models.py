"""The models that `bench/accuracy.py` trains, with their learning-rate schedules."""

import hashlib
from dataclasses import replace

import torch
from torch import Tensor

from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.golden.float_model import FloatModel, FloatResult
from lls_hw.golden.model import IntegerModel, StepResult
from lls_hw.network.initial import (
    initial_channels,
    initial_modulations,
    initial_shifts,
    initial_weights,
)
from lls_hw.network.layer_settings import WEIGHT_FRACTION, layer_settings
from lls_hw.network.network import Network, NetworkError

__all__ = ["Golden", "Real"]


class Golden:
    """The integer model with its learning-rate schedule."""

    def __init__(self, network: Network, batch: int, seed: int, device: str) -> None:
        self.network, self.batch = network, batch
        self.basis = make_basis(network.basis, network.classes, network.widest)
        self.model = IntegerModel(
            initial_weights(network, seed),
            layer_settings(network, batch, 0),
            initial_shifts(network),
            self.basis,
            modulations=initial_modulations(network),
            channels=initial_channels(network, batch),
            vote=network.votes,
            device=device,
        )

    @property
    def trained(self) -> IntegerModel | FloatModel:
        """The model that is trained."""
        return self.model

    def rates(self, lr_shift: int) -> Tensor:
        """Shifts (L, 2) of the updates of weights and modulations at a learning rate."""
        settings = layer_settings(self.network, self.batch, lr_shift)
        return torch.tensor([[s.update_offset, s.modulation_shift] for s in settings])

    def train(self, x: Tensor, labels: Tensor, rates: Tensor) -> StepResult | FloatResult:
        """A batch, at such rates. They are a tensor, so that a compiled step serves them all."""
        self.model.settings = [
            replace(setting, update_offset=weights, modulation_shift=modulation)
            for setting, (weights, modulation) in zip(self.model.settings, rates, strict=True)
        ]
        return self.model.train_step(x, labels)

    def infer(self, x: Tensor, labels: Tensor) -> StepResult | FloatResult:
        return self.model.infer(x, labels)

    def digest(self) -> str:
        content = b"".join(w.cpu().numpy().astype("<i2").tobytes() for w in self.model.weights)
        return hashlib.sha256(content).hexdigest()


class Real(Golden):
    """The float model from the same initial weights."""

    def __init__(self, network: Network, batch: int, seed: int, device: str) -> None:
        super().__init__(network, batch, seed, device)
        if any(layer.modulation != "none" for layer in network.layers):
            raise NetworkError(f"--float has no modulation; network {network.name!r} has one.")
        if network.training.momentum_shift:
            raise NetworkError(f"--float has no momentum; network {network.name!r} has.")
        weights = [w.double() / 2**WEIGHT_FRACTION for w in self.model.weights]
        basis = self.model.basis * 2.0 ** -basis_shift(network.basis)
        self.real = FloatModel(network, weights, basis)

    @property
    def trained(self) -> FloatModel:
        return self.real

    def rates(self, lr_shift: int) -> Tensor:
        """The shift itself ()."""
        return torch.tensor(float(lr_shift), dtype=torch.float64)

    def train(self, x: Tensor, labels: Tensor, rates: Tensor) -> FloatResult:
        return self.real.train_step(x, labels, rates)

    def infer(self, x: Tensor, labels: Tensor) -> FloatResult:
        return self.real.infer(x, labels)

    def digest(self) -> str:
        return ""
