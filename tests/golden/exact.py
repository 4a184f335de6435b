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


def memory(step):
    """k of the weight 2**-k that a statistic gives to a step."""
    return next(k for k in range(7) if step < 2**k or k == 6)


def sampled(values, offset, every):
    """Of the values of a channel those that count."""
    return [value for k, value in enumerate(values) if (k + offset) % every == 0]


def divisor(count, every):
    """Exponent of the first power of two that no step's number of samples exceeds."""
    return next(k for k in range(32) if every * 2**k >= count)


def share(count, every):
    """Average number of samples, as a part of what their sum is divided by."""
    return Fraction(count, every * 2 ** divisor(count, every))


def wide_activation(z, shift):
    return max(-2048, min(2047, floor(leaky(z) * 16 / 2**shift)))


def wide_average(u, shift):
    return max(-2048, min(2047, floor_shift(16 * u, shift)))


def normalise(v, scale, mean):
    halves = floor_shift(2 * v, scale) - floor_shift(2 * mean, 16)
    return clamp(floor(Fraction(halves, 2) + HALF), 127)


def observe_outputs(mean, deviation, x, channel, step):
    """x are the normalised outputs of one channel."""
    counted = sampled(x, channel + step, 32)
    unit = 2 ** (16 - divisor(len(x), 32) - memory(step))
    return mean + unit * sum(counted), deviation + unit * sum(abs(value) for value in counted)


def settle_outputs(mean, deviation, unit, pixels, shift, step):
    target = max(round(share(pixels, 32) * 26 * 8), 1) * Fraction(2**16, 8)
    old = max(0, min(unit - shift, 7))
    new = old + (deviation > target * 13 / 8) - (deviation < target * 5 / 8)
    new = max(0, min(new, 7))
    mean = clamp(floor(mean * Fraction(2) ** (old - new)), 2**25 - 1)
    deviation = floor(deviation * Fraction(2) ** (old - new))
    return mean, deviation - floor_shift(deviation, memory(step + 1)), shift + new


def gradient_power(gradient, size):
    bits = magnitude_bits(gradient)
    return 0 if bits == 0 or bits < size - 2 else 4 ** (min(bits, size + 3) - size + 2)


def observe_gradient(power, size, gradient, step):
    """`gradient` are those of the weights of one channel."""
    counted = (gradient_power(value, size) for value in sampled(gradient, step, 16))
    return power + 2 ** (15 - divisor(len(gradient), 16) - memory(step)) * sum(counted)


def settle_gradient(power, size, fan_in, step):
    if step > 0:
        target = max(round(share(fan_in, 16) * Fraction(12 * 16, 7)), 1) * 2**15
        new = size + (power > target * Fraction(9, 4)) - (power < target * Fraction(7, 16))
        new = max(0, min(new, 32))
        power, size = floor(power * Fraction(4) ** (size - new)), new
    return power - floor_shift(power, memory(step)), size
