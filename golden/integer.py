"""Integer arithmetic of the engine, block by block.

Every function takes and returns int64 tensors and is exact: the gateware computes the same bits.
None reads a tensor's value, so a GPU never waits for the host.
`docs/numerics.md` states the ranges and why no accumulator overflows. Shapes: N samples,
I inputs, O outputs, d latents, K classes.
"""

from functools import cache

import torch
from torch import Tensor

from lls_hw.contract import formats as f

__all__ = [
    "activation", "bit_length", "block_exponents", "classifier_error", "classifier_exponents",
    "delta", "error_shifts", "exponents", "first_largest", "forward",
    "latent_error", "latent_gradient", "matmul", "momentum_update", "next_shift",
    "normalisation", "one_hot", "round_shift", "saturate", "softmax_error", "synchronisation",
    "update", "weight_gradient",
]  # fmt: skip


@cache
def _exp2(device: torch.device) -> Tensor:
    return torch.tensor(f.EXP2_TABLE, dtype=torch.int64, device=device)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """Exact integer matrix product; float64 is exact below 2**53."""
    return (a.double() @ b.double()).long()


def round_shift(value: Tensor, shift: int | Tensor) -> Tensor:
    """value / 2**shift, rounded half up; shift >= 0 (0 returns the value)."""
    if isinstance(shift, int):
        return (value + ((1 << shift) >> 1)) >> shift
    return (value + ((torch.ones_like(shift) << shift) >> 1)) >> shift


def saturate(value: Tensor, limit: int) -> Tensor:
    return value.clamp(-limit, limit)


def bit_length(value: Tensor) -> Tensor:
    """Number of bits of a non-negative integer below 2**53: 0 -> 0, 1 -> 1, 255 -> 8, 256 -> 9."""
    return ((value.double().view(torch.int64) >> 52) - 1022).clamp(min=0)  # the exponent


def _magnitude(value: Tensor) -> Tensor:
    """One's complement magnitude, as the hardware computes it: v for v >= 0, else -v - 1."""
    return value ^ (value >> 63)


def forward(x: Tensor, w: Tensor) -> Tensor:
    """Accumulators z = x w; x (N, I) int8, w (I, O) int16, z (N, O) 36 bit."""
    return matmul(x, w)


def activation(z: Tensor, shift: int | Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """LeakyReLU 1/8, scaled by 2**-shift, rounded half up, saturated to int8.

    Returns h (N, O), negative (N, O) in {0, 1}, and the bit length () of the largest
    |8 LeakyReLU(z)|.
    """
    negative = (z < 0).long()
    scaled = torch.where(z < 0, z, z << f.SLOPE_SHIFT)
    h = saturate(round_shift(scaled, shift + f.SLOPE_SHIFT), f.ACT_MAX)
    return h, negative, bit_length(_magnitude(scaled).max())


def next_shift(length: int | Tensor, headroom: int) -> Tensor:
    """Shift of the next batch, with which the largest activation has 7 - headroom bits."""
    shift = torch.as_tensor(length - f.SLOPE_SHIFT - (7 - headroom))
    return shift.clamp(0, f.SHIFT_MAX)


def inverse_norm(square: Tensor) -> tuple[Tensor, Tensor]:
    """1/sqrt(square) = mantissa * 2**-(15 + j), mantissa 16 bit; square > 0, below 2**46."""
    j = (bit_length(square) + 1) >> 1
    up = (16 - j).clamp(min=0) * 2
    down = (j - 16).clamp(min=0) * 2
    normal = (square << up) >> down
    root = torch.sqrt(normal.double()).long()
    return ((1 << 31) // root).clamp(max=65535), j


def first_largest(values: Tensor) -> Tensor:
    """First column of the largest value of each row."""
    return (values == values.max(dim=1, keepdim=True).values).long().argmax(dim=1)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """(N, K), 1 where the column is the label."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).long()


def exponents(scores: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """(scores * scale) >> shift (N, K), read as base-2 exponents in Q8; scale, shift (N,)."""
    return (scores * scale[:, None]) >> shift[:, None]


def softmax_error(
    scores: Tensor, scale: Tensor, shift: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Softmax of (scores * scale) >> shift, read as base-2 exponents in Q8, minus one-hot.

    scores (N, K), scale (N,) 17 bit, shift (N,), labels (N,).
    Returns e (N, K) Q15, the prediction (N,), and p of the label (N,) Q15.
    """
    y = exponents(scores, scale, shift)
    top, _ = y.max(dim=1, keepdim=True)
    distance = top - y
    whole = (distance >> f.EXPONENT_FRACTION).clamp(max=31)
    power = _exp2(scores.device)[distance & ((1 << f.EXPONENT_FRACTION) - 1)] >> whole
    reciprocal = (1 << 31) // power.sum(dim=1, keepdim=True)
    p = (power * reciprocal) >> 16
    hot = one_hot(labels, p.shape[1]) * f.ONE
    prediction = first_largest(y)
    return p - hot, prediction, p.gather(1, labels[:, None])[:, 0]


def normalisation(u: Tensor) -> tuple[Tensor, Tensor]:
    """1 / norm of latents (N, d) as mantissa and exponent j, both (N,); mantissa 0 for zero."""
    square = (u * u).sum(dim=1)
    mantissa, j = inverse_norm(square.clamp(min=1))
    return mantissa.masked_fill(square == 0, 0), j


def synchronisation(u: Tensor, basis: Tensor, basis_shift: int) -> Tensor:
    """Scores (N, K) of latents (N, d) with the basis (K, d), rounded half up: 30 bit."""
    return round_shift(matmul(u, basis.T), basis_shift)


def latent_gradient(
    u: Tensor,
    e: Tensor,
    along: Tensor,
    norm: tuple[Tensor, Tensor],
    basis: Tensor,
    basis_shift: int,
) -> Tensor:
    """Errors M (N, d) 18 bit of the latents from errors e (N, K) of the scores.

    `along` (N,) is the component of B^T e along the normalised latent; both have the format of e.
    """
    mantissa, j = norm
    kappa = (along * mantissa) >> 15
    g = round_shift(matmul(e, basis), basis_shift)
    v = (u * kappa[:, None]) >> j[:, None]
    return saturate(((g - v) * mantissa[:, None]) >> 15, f.LATENT_MAX)


def _block_scale(norm: tuple[Tensor, Tensor], temperature_shift: int) -> tuple[Tensor, Tensor]:
    """Scale and shift from the scores of a block to exponents, (N,) each."""
    mantissa, j = norm
    scale = (mantissa * f.LOG2E) >> f.LOG2E_FRACTION
    return scale, j + (15 - f.EXPONENT_FRACTION - temperature_shift)


def block_exponents(
    u: Tensor, basis: Tensor, temperature_shift: int, basis_shift: int = 0
) -> Tensor:
    """Exponents (N, K) of a block's own scores; arguments as in `latent_error`."""
    scale, shift = _block_scale(normalisation(u), temperature_shift)
    return exponents(synchronisation(u, basis, basis_shift), scale, shift)


def latent_error(
    u: Tensor, labels: Tensor, basis: Tensor, temperature_shift: int, basis_shift: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Local error of an LLS layer: dL/du of each sample as mantissas and one exponent.

    u (N, d) 18 bit, labels (N,), basis (K, d) in {-1, 0, 1} or, with basis_shift 7, int8;
    T = 2**-temperature_shift.
    Returns M (N, d) 18 bit and exponent (N,), where T dL/du = M * 2**-exponent, then prediction
    and label probability of this layer's own scores. A zero latent has no direction: M = 0.
    """
    norm = mantissa, j = normalisation(u)
    scores = synchronisation(u, basis, basis_shift)
    e, prediction, p = softmax_error(scores, *_block_scale(norm, temperature_shift), labels)
    along = ((e * scores).sum(dim=1) * mantissa) >> (15 + j)
    m = latent_gradient(u, e, along, norm, basis, basis_shift)
    return m, j + f.PROBABILITY_FRACTION, prediction, p


def _logits(z: Tensor, shift: int) -> tuple[Tensor, Tensor, Tensor]:
    """Q8 logits of accumulators z (N, K), and scale and shift (N,) from them to exponents."""
    logits = saturate(round_shift(z, shift), f.LATENT_MAX)
    same = torch.ones_like(z[:, 0])
    fraction = f.LOG2E_FRACTION + f.LOGIT_FRACTION - f.EXPONENT_FRACTION
    return logits, same * f.LOG2E, same * fraction


def classifier_exponents(z: Tensor, shift: int) -> Tensor:
    """Exponents (N, K) of the classifier's accumulators z (N, K)."""
    return exponents(*_logits(z, shift))


def classifier_error(z: Tensor, shift: int, labels: Tensor) -> tuple[Tensor, ...]:
    """Error of the classifier from its accumulators z (N, K); logits are Q8 after `shift`.

    Returns M (N, K), exponent (N,) = 15, prediction and label probability.
    """
    e, prediction, p = softmax_error(*_logits(z, shift), labels)
    return e, torch.full_like(labels, f.PROBABILITY_FRACTION), prediction, p


def error_shifts(m: Tensor, exponent: Tensor) -> tuple[Tensor, Tensor]:
    """Right shift of each sample (N,) that gives the batch one exponent, and that exponent ().

    A sample's level is max(bits of its largest |M|, 7) - exponent; the largest is the batch's.
    """
    length = bit_length(_magnitude(m).max(dim=1).values).clamp(min=7)
    level = (length - exponent).max()
    return (level - 7 + exponent).clamp(max=31), level


def delta(m: Tensor, shifts: Tensor, negative: Tensor | None) -> Tensor:
    """Errors before the activation, times 8: int8 error times 8, or 1 where the output was < 0."""
    error = saturate(round_shift(m, shifts[:, None]), f.ERROR_MAX)
    full = error << f.SLOPE_SHIFT
    return full if negative is None else torch.where(negative == 1, error, full)


def weight_gradient(x: Tensor, v: Tensor) -> Tensor:
    """dW = x^T v; x (N, I), v (N, O), dW (I, O) 32 bit."""
    return matmul(x.T, v)


def _limited(shift: int | Tensor) -> Tensor:
    """Update shift of all weights or of each output, limited to what the engine has."""
    return torch.as_tensor(shift).clamp(0, f.UPDATE_SHIFT_MAX)


def update(w: Tensor, gradient: Tensor, shift: int | Tensor, noise: Tensor) -> Tensor:
    """w - gradient * 2**-shift, rounded stochastically with 16-bit noise, saturated to int16.

    w, gradient, noise (I, O); shift a number or (O,), limited to 0..UPDATE_SHIFT_MAX.
    """
    shift = _limited(shift)
    step = (((gradient << f.NOISE_BITS) >> shift) + noise) >> f.NOISE_BITS
    return saturate(w - step, f.WEIGHT_MAX)


def momentum_update(
    w: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    shift: int | Tensor,
    noise: Tensor,
    momentum_shift: int,
) -> tuple[Tensor, Tensor]:
    """Weights and velocities after a step: v <- v - v * 2**-momentum_shift + G * 2**-shift.

    Velocities have 16 fraction bits of a weight unit. The step is the new velocity, rounded
    stochastically. Only the stored velocity saturates, at 32 bits, so with a momentum shift of 0
    the weights always equal those of `update`.
    """
    shift = _limited(shift)
    velocity = velocity - (velocity >> momentum_shift) + ((gradient << f.NOISE_BITS) >> shift)
    step = (velocity + noise) >> f.NOISE_BITS
    return saturate(w - step, f.WEIGHT_MAX), saturate(velocity, f.VELOCITY_MAX)
