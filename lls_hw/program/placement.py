"""Which layers' weights live in the external memory, and in what parts they are moved."""

from dataclasses import dataclass

from lls_hw.contract.config import Config
from lls_hw.errors import LlsError

__all__ = [
    "LEAST_WINDOWS", "MOST_WINDOWS", "LayerSize", "PlacementError", "choose_outside",
    "window_words",
]  # fmt: skip

LEAST_WINDOWS = 2
"""One is filled while the array works on the other."""
GOOD_WINDOWS = 3
"""With a third, weights that take long to move come while the array has other work."""
MOST_WINDOWS = 8
"""More would hide nothing more."""
_LEAST_CYCLES = 4096
"""Cycles of the array on one part, so that starting an operation costs little."""


class PlacementError(LlsError, ValueError):
    """Layers that a network does not have were to live outside."""


@dataclass(frozen=True, kw_only=True)
class LayerSize:
    """What a layer's weights need, and how long the array works on them."""

    tile_words: int
    """Words of the weight memory for the weights of one output tile."""
    out_tiles: int
    group: int
    """Output tiles that share a word of the activation memory; a part has whole words."""
    pixels: int
    """Cycles of the array for each row of weights, in units of the rows: pixels of the batch."""
    rows: int

    @property
    def words(self) -> int:
        """Words of the weight memory for all weights."""
        return self.tile_words * self.out_tiles

    @property
    def tile_cycles(self) -> int:
        """Cycles of the array for an output tile, roughly."""
        return self.tile_words // self.rows * max(self.pixels, self.rows)

    @property
    def least_part(self) -> int:
        """Words of the smallest part that can be moved."""
        return self.tile_words * self.group

    def part_tiles(self, window: int) -> int:
        """Output tiles of a part that a window holds and that keeps the array busy for a while."""
        useful = -(-_LEAST_CYCLES // (self.tile_cycles * self.group))
        return self.group * max(1, min(window // self.least_part, useful))


def window_words(sizes: list[LayerSize], outside: frozenset[int]) -> int:
    """Words of a window: the smallest part of every layer fits."""
    return max((sizes[index].least_part for index in outside), default=0)


def choose_outside(sizes: list[LayerSize], config: Config) -> frozenset[int]:
    """Layers whose weights do not stay on the chip, if not all fit the weight memory.

    Those with the most pixels leave first: moving their weights hides behind the products. Fully
    connected layers leave last. GOOD_WINDOWS must fit beside those that stay, or else
    LEAST_WINDOWS. Where windows are too large for that, layers with the largest ones stay.
    """
    if not config.external_depth:
        return frozenset()
    leaving = sorted(range(len(sizes)), key=lambda k: -sizes[k].pixels)
    smallest = sorted(range(len(sizes)), key=lambda k: sizes[k].least_part)
    choices = [
        frozenset(order[:count]) for order in (leaving, smallest) for count in range(len(sizes) + 1)
    ]
    for windows in (GOOD_WINDOWS, LEAST_WINDOWS):
        for outside in choices:
            inside = sum(size.words for index, size in enumerate(sizes) if index not in outside)
            if inside + windows * window_words(sizes, outside) <= config.weight_depth:
                return outside
    return frozenset(leaving)
