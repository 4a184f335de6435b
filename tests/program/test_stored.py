"""Sizes of stored samples, and the speed that is expected of them."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.boards import find_board
from lls_hw.contract.config import preset
from lls_hw.contract.memories import Memory
from lls_hw.contract.samples import LARGEST_SAMPLE
from lls_hw.contract.sdram import find_chip
from lls_hw.driver.transfers import input_elements
from lls_hw.network.file import load_network, network_names
from lls_hw.network.network import Dense, Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import speed
from lls_hw.program.stored import link_bytes, room, sample_bytes, stored_size

CONFIG = preset("sdram")


def program_of(name, config=CONFIG, batch=4):
    return compile_network(load_network(name), config, batch)


@pytest.mark.parametrize("name", network_names())
def test_size_is_that_of_what_is_sent(name):
    program = program_of(name)
    sent = input_elements(program, np.zeros((1, program.network.inputs), np.int8))
    assert sample_bytes(program) == sent.size
    weights = program.plan.used[Memory.EXTERNAL]
    free = CONFIG.external_depth - weights
    assert room(program) * stored_size(program) <= free < (room(program) + 1) * stored_size(program)
    assert room(program, CONFIG.external_depth) == room(program, CONFIG.external_depth + 1) == 0


@pytest.mark.parametrize(
    ("name", "size", "fitting"),
    [
        ("tinyconv", 786, (42_690, 5_336, 2_668)),
        ("tinyconv32", 3_074, (10_915, 1_364, 682)),
        ("digits", 66, (508_400, 63_550, 31_775)),
    ],
)
def test_rooms_of_three_boards(name, size, fitting):
    """The table in docs/external_memory.md: an element is a word of the board's chip."""
    ports = [find_board(board).sdram for board in ("ulx3s", "colorlight-i5", "colorlight-5a75b")]
    depths = [find_chip(port.chips[0]).words for port in ports]
    found = [program_of(name, replace(CONFIG, external_depth=depth)) for depth in depths]
    assert tuple(room(program) for program in found) == fitting
    assert {2 * stored_size(program) for program in found} == {size}


def test_weights_come_first():
    assert room(program_of("smallconv", batch=8)) == 41_766


def test_no_sample_is_too_large_for_its_register():
    """The largest that an activation memory holds fits."""
    program = compile_network(Network("x", (1, 1, 999), (Dense(4), Dense(2))), CONFIG, 1)
    assert room(program) > 0
    assert sample_bytes(program) <= LARGEST_SAMPLE


def test_speed():
    """The slowest of engine, external memory and line; none without such a memory."""
    program = program_of("tinyconv", batch=8)
    fast, slow = speed(program, 75, 3_000_000), speed(program, 75, 100_000)
    assert fast.stored == fast.engine
    assert slow.stored == pytest.approx(10_000 / link_bytes(program))
    assert link_bytes(program) == 7
    without = program_of("tinyconv", replace(preset("lab"), external_depth=0), 8)
    assert speed(without, 75, 3_000_000).stored is None
