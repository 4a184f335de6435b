"""The engine of the Colorlight boards: an SDRAM with words of 32 bits, one weight in each."""

import pytest
from rich.console import Console

from lls_hw.contract.config import preset
from lls_hw.golden.compare import compare, random_case
from lls_hw.golden.self_test import self_test
from lls_hw.program.compiler import compile_network
from lls_hw.simulator.device import simulated_device
from lls_hw.simulator.sdram import simulated_sdram

CONFIG = preset("tiny-sdram")
MOST_CYCLES = 60_000


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


def test_the_chip_has_words_of_32_bits():
    assert simulated_sdram(CONFIG).chip.width == 32


@pytest.mark.parametrize("seed", range(3))
def test_same_bits_wherever_weights_live(board, seed):
    case = random_case(seed, [CONFIG], MOST_CYCLES)
    outside = frozenset(range(len(case.network.layers)))
    assert compile_network(case.network, CONFIG, case.batch, outside=outside).plan.windows
    assert compare(case, board, outside) == compare(case, board, frozenset())


def test_self_test(board):
    assert self_test(board, Console(quiet=True)).words
