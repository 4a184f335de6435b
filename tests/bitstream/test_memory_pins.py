"""Pins, pads and registers of a board's SDRAM."""

import pytest

from lls_hw.bitstream.constraints import lpf
from lls_hw.bitstream.pad_registers import pad_registers
from lls_hw.bitstream.pins import board_pins, memory_pins
from lls_hw.boards import BOARDS, find_board
from lls_hw.build import main
from lls_hw.contract.sdram import find_chip

WITH_SDRAM = [name for name, board in BOARDS.items() if board.sdram]


@pytest.mark.parametrize("name", WITH_SDRAM)
def test_every_pin_of_the_chip_has_a_site(name):
    board = find_board(name)
    platform = board.platform(board.variant(board.default))
    chip = find_chip(board.sdram.chips[0])
    pins = memory_pins(board, platform)
    widths = {"a": chip.row_bits, "ba": chip.bank_bits, "dq": chip.width}
    needed = {f"sdram_{name}[{bit}]" for name, width in widths.items() for bit in range(width)}
    needed |= {f"sdram_{name}" for name in ("clk", "ras_n", "cas_n", "we_n")}
    assert needed <= set(pins)
    sites = [pin.site for pin in (pins | board_pins(board, platform)).values()]
    assert len(set(sites)) == len(sites)


def test_constraints_name_them_only_when_asked():
    board = find_board("ulx3s")
    platform = board.platform(board.variant("85f"))
    assert "sdram" not in lpf(board, platform)
    assert 'LOCATE COMP "sdram_dq[15]" SITE "J17";' in lpf(board, platform, memory=True)


def test_boards_without_sdram_are_refused(capsys):
    assert main(["--board", "arty-a7", "--preset", "sdram"]) == 1
    assert "keeps weights in an SDRAM, and the" in " ".join(capsys.readouterr().err.split())


def test_the_core_alone_has_no_port_for_it(capsys):
    assert main(["--board", "none", "--preset", "sdram"]) == 1
    assert "has no port for; choose another --preset" in " ".join(capsys.readouterr().err.split())


def test_chips_of_another_size_are_refused(capsys):
    assert main(["--board", "colorlight-i5", "--preset", "sdram"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "expects an SDRAM of 16777216 words; the chips of the Colorlight i5 have" in said


def flip_flop(di, q):
    return {
        "type": "TRELLIS_FF",
        "connections": {"DI": [di], "Q": [q]},
        "port_directions": {"DI": "input", "Q": "output"},
        "parameters": {},
    }


def test_registers_of_the_pads():
    """Those that drive, enable or sample a pad, unless something else reads the same wire."""
    ways = {"I": "input", "T": "input", "O": "output", "B": "inout"}

    def pad(drive, enable, sampled, direction="BIDIR"):
        connections = {"I": [drive], "T": [enable], "O": [sampled], "B": [99]}
        parameters = {"DIR": direction}
        return {
            "type": "TRELLIS_IO", "connections": connections, "port_directions": ways,
            "parameters": parameters,
        }  # fmt: skip

    cells = {
        "pad": pad(1, 2, 3),
        "other_pad": pad(11, 12, 13),
        "one_way": pad(21, 22, 23, "OUTPUT"),
        "drive": flip_flop(50, 1),
        "enable": flip_flop(51, 2),
        "sample": flip_flop(3, 52),
        "shared_drive": flip_flop(53, 11),
        "reader": flip_flop(11, 54),
        "shared_sample": flip_flop(13, 55),
        "second_sample": flip_flop(13, 56),
        "of_one_way": flip_flop(57, 21),
    }
    assert pad_registers(cells) == ["drive", "enable", "sample"]
