"""Boards: names, variants, and pins that amaranth-boards knows."""

import re

import pytest

from boards import BOARDS, find_board
from boards.board import BoardError
from lls_hw.bitstream.constraints import lpf
from lls_hw.bitstream.pins import oscillator
from lls_hw.config import preset

VARIANTS = [(board, name) for board in BOARDS.values() for name in board.variants]


@pytest.mark.parametrize("board, name", VARIANTS)
def test_every_variant_names_a_preset_and_has_all_pins(board, name):
    variant = board.variant(name)
    preset(variant.preset)
    platform = board.platform(variant)
    text = lpf(board, platform)
    sites = re.findall(r'LOCATE COMP "(\w+)" SITE "(\w+)";', text)
    assert [port for port, _ in sites] == list(board.ports)
    assert len({site for _, site in sites}) == len(sites)


def test_ulx3s_pins_are_those_of_its_schematic():
    board = find_board("ULX3S")
    platform = board.platform(board.variant("85F"))
    text = lpf(board, platform)
    expected = {"clock": "G2", "rx": "M1", "tx": "L4", "busy": "B2", "alive": "C2"}
    assert dict(re.findall(r'LOCATE COMP "(\w+)" SITE "(\w+)";', text)) == expected
    assert 'FREQUENCY PORT "clock" 25 MHZ;' in text
    assert oscillator(board, platform) == 25
    assert platform.device == "LFE5U-85F"


def test_unknown_names_list_the_known_ones():
    with pytest.raises(BoardError, match="'ulx4s'; the boards are .*ulx3s"):
        find_board("ulx4s")
    with pytest.raises(BoardError, match="'99f'; choose 12f, 25f, 45f, 85f"):
        find_board("ulx3s").variant("99f")
