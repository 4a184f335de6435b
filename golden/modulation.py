"""Integer arithmetic of trainable modulation: LLS-M and LLS-MxM.

The scores of the normalised latent are multiplied by a vector m (K,) or a matrix M (K, K), whose
entries are trained with the layer. As in `golden.integer`, tensors are int64 and functions exact:
the gateware computes the same bits. Shapes: N samples, d latents, K classes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.contract import formats as f
from lls_hw.golden.integer import (
    exponents,
    latent_gradient,
    matmul,
    normalisation,
    round_shift,
    saturate,
    softmax_error,
    synchronisation,
    update,
)
from lls_hw.golden.noise import noise

__all__ = [
    "ModulatedError", "modulated_error", "modulated_exponents", "modulation_noise",
    "modulation_update",
]  # fmt: skip


@dataclass(frozen=True)
class ModulatedError:
    """Result of `modulated_error`."""

    m: Tensor
    """(N, d) errors of the latents, 18 bit."""
    exponent: Tensor
    """(N,); T dL/du = m * 2**-exponent."""
    prediction: Tensor
    probability: Tensor
    """(N,) class of the largest score, and probability of the label, Q15."""
    gradient: Tensor
    """(K,) or (K, K): T dL/dM, summed over the samples, Q16, 32 bit."""


def _normalised(scores: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
    """Scores of the normalised latent, Q11: 18 bit."""
    mantissa, j = (part[:, None] for part in norm)
    return (scores * mantissa) >> (j + (15 - f.SCORE_FRACTION))


def _product(values: Tensor, modulation: Tensor) -> Tensor:
    """Values (N, K) times the vector or the matrix."""
    return values * modulation if modulation.dim() == 1 else matmul(values, modulation)


def _modulated(
    u: Tensor, basis: Tensor, modulation: Tensor, basis_shift: int
) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
    """Norm of latents, normalised scores n and modulated scores r."""
    norm = normalisation(u)
    n = _normalised(synchronisation(u, basis, basis_shift), norm)
    r = round_shift(_product(n, modulation), f.MODULATION_FRACTION)
    return norm, n, saturate(r, f.LATENT_MAX)


def _scale(r: Tensor, temperature_shift: int) -> tuple[Tensor, Tensor]:
    """Scale and shift from modulated scores to exponents, (N,) each."""
    fraction = f.LOG2E_FRACTION + f.SCORE_FRACTION - f.EXPONENT_FRACTION
    same = torch.ones_like(r[:, 0])
    return same * f.LOG2E, same * (fraction - temperature_shift)


def modulated_exponents(
    u: Tensor, basis: Tensor, temperature_shift: int, modulation: Tensor, basis_shift: int = 0
) -> Tensor:
    """Exponents (N, K) of a block's own modulated scores; arguments as in `modulated_error`."""
    _, _, r = _modulated(u, basis, modulation, basis_shift)
    return exponents(r, *_scale(r, temperature_shift))


def modulated_error(
    u: Tensor,
    labels: Tensor,
    basis: Tensor,
    temperature_shift: int,
    modulation: Tensor,
    basis_shift: int = 0,
) -> ModulatedError:
    """Local error of a layer with modulated scores, and the gradient of the modulation.

    u (N, d) 18 bit, labels (N,), basis (K, d) as in `golden.integer.latent_error`, modulation
    (K,) or (K, K) int16 Q12. A vector is the same as the diagonal of a matrix.
    """
    norm, n, r = _modulated(u, basis, modulation, basis_shift)
    e, prediction, p = softmax_error(r, *_scale(r, temperature_shift), labels)
    products = f.SCORE_FRACTION + f.PROBABILITY_FRACTION
    along = (e * r).sum(dim=1) >> (products - f.MODULATED_FRACTION)
    back = _product(e, modulation if modulation.dim() == 1 else modulation.T)
    e_scores = round_shift(
        back, f.MODULATION_FRACTION + f.PROBABILITY_FRACTION - f.MODULATED_FRACTION
    )
    m = latent_gradient(u, e_scores, along, norm, basis, basis_shift)
    pairs = n * e if modulation.dim() == 1 else n[:, :, None] * e[:, None, :]
    gradient = round_shift(pairs, products - f.MODULATION_GRADIENT_FRACTION).sum(dim=0)
    return ModulatedError(m, norm[1] + f.MODULATED_FRACTION, prediction, p, gradient)


def modulation_noise(step: int | Tensor, layer: int, modulation: Tensor) -> Tensor:
    """Noise of all entries: that of weight [i + 1, j] of layer 16 + `layer`; i = j in a vector.

    The index 0, whose noise is always 0, does not occur.
    """
    classes = len(modulation)
    table = noise(step, f.MODULATION_LAYER | layer, classes + 1, classes)[1:]
    return table.diagonal() if modulation.dim() == 1 else table


def modulation_update(
    modulation: Tensor, gradient: Tensor, shift: int, step: int | Tensor, layer: int
) -> Tensor:
    """Entries after a step of stochastic gradient descent, as for weights."""
    return update(modulation, gradient, shift, modulation_noise(step, layer, modulation))
