"""SDRAM of the boards: chips, pins, and a phase that works at every default clock."""

import pytest

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.pins import oscillator
from lls_hw.boards import BOARDS
from lls_hw.contract.sdram import find_chip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.clock.ecp5_pll import pll_phase

WITH = {name: board for name, board in BOARDS.items() if board.sdram}
VARIANTS = [(board, name) for board in WITH.values() for name in board.variants]


def parts(board):
    """Pins of the resource by part."""
    variant = board.variant(board.default)
    resource = board.platform(variant).resources[board.sdram.resource, board.sdram.number]
    return {part.name: part.ios[0] for part in resource.ios}


def test_which_boards_have_one():
    sizes = {name: find_chip(board.sdram.chips[0]).size >> 20 for name, board in WITH.items()}
    assert sizes == {"ulx3s": 32, "colorlight-i5": 8, "colorlight-5a75b": 4}


@pytest.mark.parametrize("board", WITH.values(), ids=WITH)
def test_pins_fit_the_chips(board):
    """As many as the largest chip has, each once, controls active low."""
    pins = parts(board)
    chips = [find_chip(name) for name in board.sdram.chips]
    assert len(pins["a"].names) == max(chip.row_bits for chip in chips)
    assert len(pins["ba"].names) == max(chip.bank_bits for chip in chips)
    assert {len(pins["dq"].names)} == {chip.width for chip in chips}
    assert pins["dq"].dir == "io"
    sites = [site for part in pins.values() for site in part.names]
    assert len(sites) == len(set(sites))
    assert all(pins[name].invert for name in ("ras", "cas", "we"))


def test_pins_of_the_i5():
    """Spot checks from the published description of the module."""
    pins = parts(BOARDS["colorlight-i5"])
    assert pins["clk"].names == ["B9"] and pins["ba"].names == ["B11", "C8"]
    assert (pins["a"].names[0], pins["a"].names[10]) == ("B13", "B12")
    assert [pins["dq"].names[k] for k in (0, 7, 8, 31)] == ["D15", "B17", "B8", "C15"]


@pytest.mark.parametrize("board, name", VARIANTS, ids=[f"{b.name}-{n}" for b, n in VARIANTS])
def test_phase_works_at_the_default_clock(board, name):
    """The phase itself, and the one that the PLL makes of it; for every chip of the board."""
    variant = board.variant(name)
    platform = board.platform(variant)
    dividers = flow_of(platform).dividers(oscillator(board, platform), variant.frequency)
    made = pll_phase(dividers, board.sdram.phase).degrees
    for chip in board.sdram.chips:
        for phase in (board.sdram.phase, made):
            cycles = SdramCycles(chip=find_chip(chip), frequency=variant.frequency, phase=phase)
            assert min(cycles.window.setup_margin, cycles.window.hold_margin) > 0.5
