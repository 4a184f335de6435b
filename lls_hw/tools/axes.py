"""Axes of charts: round numbers, and where values lie."""

from collections.abc import Callable
from math import ceil, floor, log10

__all__ = ["scale", "step", "ticks", "whole_ticks"]

_TICKS = 5


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """A linear map; a single value lies in the middle."""
    if low == high:
        return lambda value: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def step(span: float) -> float:
    """Distance of ticks: 1, 2 or 5 times a power of ten."""
    rough = span / _TICKS
    power = 10.0 ** floor(log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers that enclose all values."""
    distance = step(high - low if high > low else max(abs(high), 1e-3) / 2)
    first, last = floor(low / distance), ceil(high / distance)
    return [distance * k for k in range(first, max(last, first + 1) + 1)]


def whole_ticks(low: int, high: int) -> list[int]:
    """Whole numbers at round distances."""
    distance = max(1, round(step(max(high - low, 1))))
    return [x for x in range(low, high + 1) if x % distance == 0 or low == high] or [low, high]
