"""The integer arithmetic a second time: one number at a time, Python integers and fractions."""

from fractions import Fraction
from math import floor, isqrt

from lls_hw.contract import formats as f

HALF = Fraction(1, 2)


def clamp(value, limit):
    return max(-limit, min(limit, value))


def half_up(value, shift):
    return floor(Fraction(value, 2**shift) + HALF)


def floor_shift(value, shift):
    return floor(Fraction(value, 2**shift))


def leaky(z):
    return Fraction(z) if z >= 0 else Fraction(z, 8)


def activation(z, shift):
    return clamp(half_up(leaky(z), shift), f.ACT_MAX)


def magnitude_bits(value):
    """Bits of v, or of -v - 1 where v < 0."""
    return (value if value >= 0 else -value - 1).bit_length()


def inverse_norm(square):
    """mantissa, j with square = normal * 4**(j - 16), normal in [2**30, 2**32)."""
    j = next(k for k in range(64) if square < 4**k)
    normal = floor(square * Fraction(4) ** (16 - j))
    return min(2**31 // isqrt(normal), 65535), j


def softmax_error(scores, scale, shift, label):
    y = [floor_shift(s * scale, shift) for s in scores]
    power = []
    for value in y:
        distance = max(y) - value
        power.append(f.EXP2_TABLE[distance % 256] >> min(distance // 256, 31))
    reciprocal = 2**31 // sum(power)
    p = [floor_shift(value * reciprocal, 16) for value in power]
    e = [value - (f.ONE if k == label else 0) for k, value in enumerate(p)]
    return e, y.index(max(y)), p[label]


def synchronisation(u, basis, basis_shift):
    sums = [sum(b * value for b, value in zip(row, u, strict=True)) for row in basis]
    return [half_up(value, basis_shift) for value in sums]


def latent_error(u, label, basis, temperature_shift, basis_shift=0):
    square = sum(value * value for value in u)
    mantissa, j = inverse_norm(max(square, 1))
    if square == 0:
        mantissa = 0
    scores = synchronisation(u, basis, basis_shift)
    scale = floor_shift(mantissa * f.LOG2E, 14)
    e, prediction, p = softmax_error(scores, scale, j + 7 - temperature_shift, label)
    along = floor_shift(sum(a * s for a, s in zip(e, scores, strict=True)) * mantissa, 15 + j)
    kappa = floor_shift(along * mantissa, 15)
    return latent_gradient(u, e, kappa, mantissa, j, basis, basis_shift), j + 15, prediction, p


def latent_gradient(u, e, kappa, mantissa, j, basis, basis_shift):
    m = []
    for t, value in enumerate(u):
        g = half_up(sum(a * row[t] for a, row in zip(e, basis, strict=True)), basis_shift)
        m.append(clamp(floor_shift((g - floor_shift(value * kappa, j)) * mantissa, 15), 2**17 - 1))
    return m


def modulated_error(u, label, basis, temperature_shift, modulation, basis_shift):
    """Of one sample; `modulation` is a list of K rows. The gradient has its shape."""
    classes = range(len(basis))
    square = sum(value * value for value in u)
    mantissa, j = inverse_norm(max(square, 1))
    if square == 0:
        mantissa = 0
    scores = synchronisation(u, basis, basis_shift)
    n = [floor_shift(s * mantissa, j + 4) for s in scores]
    r = [
        clamp(half_up(sum(n[i] * modulation[i][k] for i in classes), 12), 2**17 - 1)
        for k in classes
    ]
    e, prediction, p = softmax_error(r, f.LOG2E, 17 - temperature_shift, label)
    kappa = floor_shift(
        floor_shift(sum(a * b for a, b in zip(e, r, strict=True)), 14) * mantissa, 15
    )
    back = [half_up(sum(modulation[i][k] * e[k] for k in classes), 15) for i in classes]
    m = latent_gradient(u, back, kappa, mantissa, j, basis, basis_shift)
    gradient = [[half_up(n[i] * e[k], 10) for k in classes] for i in classes]
    return m, j + 12, prediction, p, gradient


def momentum_update(w, velocity, gradient, shift, noise, momentum_shift):
    shift = max(0, min(shift, f.UPDATE_SHIFT_MAX))
    velocity += floor_shift(gradient * 2**16, shift) - floor_shift(velocity, momentum_shift)
    step = floor(Fraction(velocity + noise, 2**16))
    return clamp(w - step, f.WEIGHT_MAX), clamp(velocity, f.VELOCITY_MAX)


def update(w, gradient, shift, noise):
    shift = max(0, min(shift, f.UPDATE_SHIFT_MAX))
    step = floor(Fraction(floor_shift(gradient * 2**16, shift) + noise, 2**16))
    return clamp(w - step, f.WEIGHT_MAX)
