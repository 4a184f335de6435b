"""Latencies are numbers that the blocks' own tests check; here is what they add up to."""

from dataclasses import replace

import pytest

from lls_hw.contract import latency, timing_array
from lls_hw.contract.config import PRESETS, preset

SHAPES = [(2, 2), (4, 4), (8, 16), (32, 2), (2, 32), (32, 32)]


def test_sums():
    assert (latency.INPUT_LATENCY, latency.OPERAND_LATENCY, latency.BEAT_LATENCY) == (5, 4, 1)
    assert (latency.UPDATE_LEAD, latency.ERROR_SHIFT_LATENCY, latency.LATENT_LATENCY) == (7, 3, 3)
    assert (timing_array.MIN_PERIOD, timing_array.SETUP_CYCLES) == (4, 5)
    assert (latency.NOISE_KEY_CYCLES, timing_array.KEY_CYCLES) == (41, 48)
    config = preset("small")
    sizes = [replace(config, rows=rows) for rows in (2, 8, 32)]
    assert [latency.output_latency(size) for size in sizes] == [16, 22, 46]
    assert latency.output_latency(replace(config, channel_depth=512)) == 22 + 4


def test_weights_and_errors_arrive_together():
    """Both are the array's second operand; the weight waits in a register."""
    assert latency.OPERAND_LATENCY - latency.BANKED_RAM_LATENCY == 1
    assert latency.EXPANDER_LATENCY == latency.OPERAND_LATENCY - latency.RAM_LATENCY


@pytest.mark.parametrize("rows, cols", SHAPES)
def test_flush(rows, cols):
    config = replace(preset("tiny"), rows=rows, cols=cols)
    assert timing_array.flush_cycles(config) == 2 * rows + cols + 19


@pytest.mark.parametrize("name", PRESETS)
def test_the_last_update_is_written_before_the_next_operation(name):
    """The last row of the last tile, in the last column, with momentum or without."""
    config = preset(name)
    last_beat = latency.TILER_LATENCY + latency.BEAT_LATENCY
    gradient = last_beat + latency.OPERAND_LATENCY + latency.gradient_latency(config.rows - 1)
    written = gradient + latency.update_latency(config) + config.cols - 1
    assert written + latency.RAM_WRITE_LATENCY <= timing_array.flush_cycles(config)


def test_keys_are_complete_before_the_first_update():
    """Each column has them a cycle later, in a register of its own."""
    assert latency.NOISE_KEY_CYCLES + 1 < timing_array.KEY_CYCLES + latency.UPDATE_LEAD
