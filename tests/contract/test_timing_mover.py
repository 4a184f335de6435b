"""What the array leaves the mover, against accesses counted one by one."""

from itertools import count

import pytest

from lls_hw.contract.sdram_cycles import words_per_cycle
from lls_hw.contract.timing_mover import (
    expected_sdram,
    fill_pace,
    move_cycles,
    move_latency,
    write_back_pace,
)

DEPTH = 1 << 24
SHAPES = [(4, 4, 8), (4, 8, 9), (8, 16, 16), (8, 16, 100), (2, 2, 6)]


def reads(rows, beats, gradient):
    """Cycles of a tile in which the array reads a word of weights."""
    return set(range(0, 2 * rows, 2)) if gradient else set(range(rows))


@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize(("rows", "cols", "beats"), SHAPES)
def test_paces(rows, cols, beats, gradient):
    alone = float(words_per_cycle(expected_sdram(DEPTH), write=False))
    writes = rows if gradient else 0
    assert fill_pace(DEPTH, rows, beats, gradient=gradient) == min(alone, 1 - writes / beats)

    busy, times, free_from = reads(rows, beats, gradient), [], 0
    for cycle in count():
        if cycle >= free_from and cycle % beats not in busy:
            times.append(cycle)
            free_from = cycle + cols
        if cycle == 40_000:
            break
    elements = cols * (len(times) - 1) / (times[-1] - times[0])
    most = words_per_cycle(expected_sdram(DEPTH), write=True)
    pace = write_back_pace(DEPTH, rows, cols, beats, gradient=gradient)
    assert pace == pytest.approx(min(most, elements), rel=0.02)


@pytest.mark.parametrize("write_back", [False, True])
def test_alone_a_move_takes_its_latency_and_its_elements(write_back):
    pace = words_per_cycle(expected_sdram(DEPTH), write=write_back)
    taken = move_cycles(DEPTH, 10_000, write_back=write_back)
    latency = move_latency(DEPTH, write_back=write_back)
    assert taken - latency == pytest.approx(10_000 / pace, abs=1)
