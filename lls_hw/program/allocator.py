"""Allocator: words of a memory for everything that has to live there for a while."""

from dataclasses import dataclass

from lls_hw.contract.memories import Memory

__all__ = ["ALWAYS", "Allocator", "Lifetime", "Region"]


@dataclass(frozen=True)
class Lifetime:
    """From the `first` to the `last` moment in which the words are in use, both included."""

    first: float
    last: float

    def meets(self, other: "Lifetime") -> bool:
        """Both are in use at some moment."""
        return self.first <= other.last and other.first <= self.last


ALWAYS = Lifetime(float("-inf"), float("inf"))
"""The words are never free for anything else."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """Words `base` to `end` - 1 of a memory."""

    memory: Memory
    base: int
    end: int

    @property
    def words(self) -> int:
        """Size of the region."""
        return self.end - self.base


class Allocator:
    """Places regions by first fit: the lowest words that are free for a whole lifetime.

    It knows no depth: what does not fit is found by comparing `used` with the memory's depth, so
    that all shortages of a network are known at once.
    """

    def __init__(self) -> None:
        self._placed: dict[Memory, list[tuple[Region, Lifetime]]] = {}

    def place(self, memory: Memory, words: int, lifetime: Lifetime = ALWAYS) -> Region:
        """A region that shares no word with another one whose lifetime meets its own."""
        placed = self._placed.setdefault(memory, [])
        base = 0
        rivals = (region for region, other in placed if region.words and other.meets(lifetime))
        for region in sorted(rivals, key=lambda region: region.base):
            if base + words <= region.base:
                break
            base = max(base, region.end)
        region = Region(memory=memory, base=base, end=base + words)
        placed.append((region, lifetime))
        return region

    def used(self, memory: Memory) -> int:
        """Words up to the end of the last region."""
        return max((region.end for region, _ in self._placed.get(memory, [])), default=0)
