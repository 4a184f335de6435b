"""Expected cycles of the mover: what an external memory takes is not exact, for it refreshes."""

from functools import cache
from math import ceil

from lls_hw.contract.latency import BANKED_RAM_LATENCY
from lls_hw.contract.line import EXPECTED_CLOCK
from lls_hw.contract.sdram import chip_with
from lls_hw.contract.sdram_cycles import (
    SdramCycles,
    read_latency,
    row_change_cycles,
    words_per_cycle,
)

__all__ = [
    "FILL_LATENCY", "TURN", "WRITE_BACK_LATENCY", "expected_sdram", "fill_pace", "move_cycles",
    "move_latency", "sample_cycles", "write_back_pace",
]  # fmt: skip

PHASE = 285
"""Of the clock of its chip, degrees."""
TURN = 32
"""Commands of one of the two users of the external memory, weights or samples, while the other
waits."""
_SAMPLE_LATENCY = 24
"""Cycles from a sample's address to its first byte, and what is left after its last."""
_START = 1
"""From the first cycle of `busy` to the first access that the mover asks for."""
_STREAM_BUFFER = 1
"""From one side of a `StreamBuffer` to the other."""
_ELEMENT_BUFFER = 3
"""Of the mover's buffer, and the register before it."""
_END = 1
"""Cycles of `busy` after that of the last element."""
_GATHER = 2
"""From the words of the columns to elements: both registers of `WeightMoves`."""

_WORDS = 256
"""So many tell the mean of their distances."""

FILL_LATENCY = _START + _STREAM_BUFFER + _ELEMENT_BUFFER + _STREAM_BUFFER + _END
"""Cycles of `busy` of a FILL beside one for each element and the external memory's latency."""
WRITE_BACK_LATENCY = _START + _STREAM_BUFFER + BANKED_RAM_LATENCY + _GATHER + _ELEMENT_BUFFER + _END
"""Cycles of `busy` of a WRITE_BACK beside one for each element."""


@cache
def expected_sdram(depth: int) -> SdramCycles:
    """The SDRAM that plans and simulated boards expect of an engine.

    Parameters
    ----------
    depth : `external_depth` of its configuration, not zero.
    """
    chip = chip_with(depth)
    assert chip is not None, "No configuration has more than the largest chip."
    return SdramCycles(chip=chip, frequency=EXPECTED_CLOCK, phase=PHASE)


@cache
def move_latency(depth: int, *, write_back: bool = False) -> int:
    """Cycles of a move beside those of its elements, of an engine with `depth`."""
    if write_back:
        return WRITE_BACK_LATENCY
    cycles = expected_sdram(depth)
    # One buffer in the unit, one beside the controller.
    buffers = 2 * _STREAM_BUFFER
    return FILL_LATENCY + buffers + read_latency(cycles) + row_change_cycles(cycles)


@cache
def move_cycles(depth: int, elements: int, *, write_back: bool = False) -> int:
    """Cycles in which `elements` move between the memories of an engine with `depth`, while the
    array does not touch the weights."""
    pace = words_per_cycle(expected_sdram(depth), write=write_back)
    return move_latency(depth, write_back=write_back) + ceil(elements / pace)


@cache
def fill_pace(depth: int, rows: int, beats: int, *, gradient: bool) -> float:
    """Elements a cycle of a FILL, while the array visits a tile in `beats`.

    A gradient writes each of the `rows` words of a tile, in cycles that the mover then has not.
    """
    free = 1 - rows / beats if gradient else 1.0
    return min(float(words_per_cycle(expected_sdram(depth), write=False)), free)


@cache
def write_back_pace(depth: int, rows: int, cols: int, beats: int, *, gradient: bool) -> float:
    """Elements a cycle of a WRITE_BACK, while the array visits a tile in `beats`.

    A word has `cols` elements and is read in a cycle in which the array reads none. A forward
    operation reads the `rows` words of a tile one after another, a gradient every other cycle.
    """
    step = 1 + gradient
    busy = range(0, step * rows, step)
    now = 0
    for _ in range(_WORDS):
        now += cols
        while now % beats in busy:
            now += 1
    return min(float(words_per_cycle(expected_sdram(depth), write=True)), _WORDS * cols / now)


def sample_cycles(size: int) -> int:
    """Cycles in which a stored sample of `size` bytes is brought: a byte a cycle."""
    return _SAMPLE_LATENCY + size
