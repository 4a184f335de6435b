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


def pixels_apart(count):
    """Distance of the outputs of a channel that count."""
    return next(2**k for k in range(5, 32) if count <= 32 * 2**k)


def rows_apart(count):
    """Distance of the weights of a channel that count."""
    if count < 16:
        return max(2**k for k in range(4) if 2**k <= count)
    return next(2**k for k in range(4, 32) if count <= 32 * 2**k)


def sampled_pixels(values, channel, step):
    """Of a channel's outputs in a step those that count."""
    every = pixels_apart(len(values))
    return [v for p, v in enumerate(values) if (p + channel + 5 * step) % every == 0]


def sampled_rows(values, step):
    """Of a channel's weights those that count: of fewer than 16, one of the first ones."""
    every = rows_apart(len(values))
    among = values[:every] if len(values) < 16 else values
    return [v for i, v in enumerate(among) if (i + step) % every == 0]


def part(count, every):
    """Average number of samples; the least power of two that no step's number exceeds."""
    return Fraction(count, every), next(2**k for k in range(6) if count <= every * 2**k)


def outputs_part(pixels):
    return part(pixels, pixels_apart(pixels))


def rows_part(fan_in):
    return (Fraction(1), 1) if fan_in < 16 else part(fan_in, rows_apart(fan_in))


def deviation_target(pixels):
    average, most = outputs_part(pixels)
    return max(round(average / most * 26 * 8), 1)


def power_target(fan_in):
    average, most = rows_part(fan_in)
    return round(average / most * Fraction(216, 100) * 16)


def wide_activation(z, shift):
    return max(-2040, min(2039, floor(leaky(z) * 16 / 2**shift)))


def wide_average(u, shift):
    return max(-2048, min(2047, floor_shift(16 * u, shift)))


def normalise(v, scale, mean):
    """The mean has 11 fraction bits, of which one counts."""
    halves = floor_shift(2 * v, scale) - floor_shift(2 * mean, 11)
    return clamp(floor(Fraction(halves, 2) + HALF), 127)


def handed_on(v, mean, unit, shift):
    """A wide output, normalised with the state of its channel at an activation shift."""
    if unit < shift:
        return normalise(v, 0, floor_shift(mean, min(shift - unit, 7)))
    return normalise(v, min(unit - shift, 7), mean)


def observe_outputs(mean, deviation, x, channel, step):
    """x are the normalised outputs of one channel."""
    counted, (_, most) = sampled_pixels(x, channel, step), outputs_part(len(x))
    weight = Fraction(2**11, 64 * most)
    return mean + weight * sum(counted), deviation + weight * sum(abs(v) for v in counted)


def settle_outputs(mean, deviation, unit, pixels, shift):
    target, found = deviation_target(pixels), floor_shift(deviation, 8)
    by = 0
    if found >= target + target // 2:
        by = int(unit < shift + 7)
    elif found < target // 2 and max(mean, -mean - 1) < 2**19:
        by = -int(unit > shift)
    mean = clamp(floor(mean * Fraction(2) ** -by), 2**20 - 1)
    deviation = floor(deviation * Fraction(2) ** -by)
    return mean, deviation - deviation // 64, unit + by


def gradient_power(gradient, size):
    bits = magnitude_bits(gradient)
    return 0 if bits == 0 or bits < size - 2 else 4 ** (min(bits, size + 3) - size + 2)


def observe_gradient(power, size, gradient, step):
    """`gradient` are those of the weights of one channel. The power, and whether it changes."""
    _, most = rows_part(len(gradient))
    values = sampled_rows(gradient, step)
    counted = sum(gradient_power(value, size) for value in values)
    return power + Fraction(2**11, 64 * most) * counted, int(any(v not in (0, -1) for v in values))


def settle_gradient(power, size, seen, fan_in):
    halves, target = floor_shift(power, 10), power_target(fan_in)
    by = int(halves >= 5 * target and size < 32) - int(halves < target and size > 0)
    power = floor(power * Fraction(4) ** -by)
    return power - seen * (power // 64), size + by
