"""The Pareto front: what nothing else beats in every respect."""

from collections.abc import Sequence

__all__ = ["dominates", "front"]


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether `one` is nowhere smaller than `other` and somewhere larger."""
    return all(a >= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def front(values: Sequence[Sequence[float]]) -> list[bool]:
    """Whether each point is on the front; larger is better in every place. Equal points share
    their fate."""
    best: list[Sequence[float]] = []
    for point in sorted(values, key=tuple, reverse=True):  # nothing later dominates an earlier one
        if not any(dominates(other, point) for other in best):
            best.append(point)
    chosen = {tuple(point) for point in best}
    return [tuple(point) in chosen for point in values]
