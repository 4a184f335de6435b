"""Momentum: what it would bring, measured before any gateware is built for it.

The velocity of a weight is an int32 with 16 fraction bits of a weight unit, twice the memory of the
weight itself. `docs/numerics.md` has the figures that decided against it.
"""

import numpy as np
import torch
from torch import Tensor

from golden.integer import saturate
from golden.model import IntegerModel
from lls_hw import formats as f
from lls_hw.network import LayerSettings

__all__ = ["VELOCITY_MAX", "MomentumModel", "momentum_update"]

VELOCITY_MAX = 2**31 - 1


def momentum_update(
    w: Tensor, velocity: Tensor, gradient: Tensor, shift: int, noise: Tensor, momentum_shift: int
) -> tuple[Tensor, Tensor]:
    """Weights and velocities after a step: v <- v - v * 2**-momentum_shift + G * 2**-shift.

    The step is v, cut to whole weight units with 16-bit noise. A momentum shift of 0 forgets all:
    the weights are those of `golden.integer.update`, as long as no velocity saturates.
    """
    shift = min(max(shift, 0), f.UPDATE_SHIFT_MAX)
    velocity = velocity - (velocity >> momentum_shift) + ((gradient << f.NOISE_BITS) >> shift)
    velocity = saturate(velocity, VELOCITY_MAX)
    step = (velocity + noise) >> f.NOISE_BITS
    return saturate(w - step, f.WEIGHT_MAX), velocity


class MomentumModel(IntegerModel):
    """The integer model with momentum 1 - 2**-momentum_shift."""

    def __init__(
        self,
        weights: list[np.ndarray],
        settings: list[LayerSettings],
        shifts: list[int],
        basis: np.ndarray,
        momentum_shift: int,
    ) -> None:
        super().__init__(weights, settings, shifts, basis)
        self.momentum_shift = momentum_shift
        self.velocities = [torch.zeros_like(w) for w in self.weights]

    def _update(self, index: int, gradient: Tensor, shift: int, noise: Tensor) -> None:
        self.weights[index], self.velocities[index] = momentum_update(
            self.weights[index], self.velocities[index], gradient, shift, noise,
            self.momentum_shift,
        )  # fmt: skip
