"""Pins, pads and registers of a board's SDRAM."""

import re

import pytest

from lls_hw.bitstream.constraints import lpf
from lls_hw.bitstream.pad_registers import pad_registers
from lls_hw.bitstream.pins import board_pins, memory_pins, memory_widths
from lls_hw.boards import BOARDS, find_board
from lls_hw.build import main
from lls_hw.contract.sdram import find_chip

WITH_SDRAM = [name for name, board in BOARDS.items() if board.sdram]
PRESETS = {"ulx3s": "sdram", "colorlight-i5": "tiny-sdram", "colorlight-5a75b": "tiny-sdram"}
"""The preset with external memory for each board."""


@pytest.mark.parametrize("name", WITH_SDRAM)
def test_every_pin_of_the_chip_has_a_site(name):
    board = find_board(name)
    platform = board.platform(board.variant(board.default))
    chip = find_chip(board.sdram.chips[0])
    pins, widths = memory_pins(board, platform), memory_widths(board, platform)
    needed = {"a": chip.row_bits, "ba": chip.bank_bits, "dq": chip.width}
    needed |= dict.fromkeys(("clk", "ras_n", "cas_n", "we_n"), 1)
    assert needed == {name: widths[name] for name in needed}
    assert sum(widths.values()) == len(pins)
    sites = [pin.site for pin in (pins | board_pins(board, platform)).values()]
    assert len(set(sites)) == len(sites)


def verilog_ports(text):
    """Bits of the top module's ports, as the constraints name them, with their directions."""
    found = {}
    for way, range_, name in re.findall(
        r"^  (input|output|inout) (?:wire )?(\[\d+:0\] )?(\w+);$", module_text(text), re.MULTILINE
    ):
        width = 1 + int(range_[1:-4]) if range_ else 1
        bits = [f"{name}[{bit}]" for bit in range(width)] if width > 1 else [name]
        found |= dict.fromkeys(bits, way)
    return found


def module_text(text):
    """The module `top`."""
    start = text.index("module top(")
    return text[start : text.index("endmodule", start)]


@pytest.mark.parametrize("name, preset", PRESETS.items())
def test_the_design_has_the_pins_of_the_board(name, preset, tmp_path):
    """Every port has a site and every site a port; pins that the chip lacks are driven low."""
    arguments = ["--board", name, "--preset", preset, "--out", str(tmp_path)]
    assert main([*arguments, "--verilog-only"]) == 0
    board = find_board(name)
    platform = board.platform(board.variant(board.default))
    pins = board_pins(board, platform) | memory_pins(board, platform)
    text = (tmp_path / "top.v").read_text()
    ports = verilog_ports(text)
    assert set(ports) == set(pins)
    ways = {port: way for port, way in ports.items() if port.startswith("sdram")}
    assert {port for port, way in ways.items() if way == "inout"} == {
        port for port in ways if port.startswith("sdram_dq[")
    }
    assert "input" not in ways.values()
    if name == "colorlight-i5":
        # The chip is used as if its second bank pin were open, as on some modules.
        assert re.search(r"assign sdram_ba = \{ 1'h0, \w+", module_text(text))


def test_constraints_name_them_only_when_asked():
    board = find_board("ulx3s")
    platform = board.platform(board.variant("85f"))
    assert "sdram" not in lpf(board, platform)
    assert 'LOCATE COMP "sdram_dq[15]" SITE "J17";' in lpf(board, platform, memory=True)


def test_boards_without_sdram_are_refused(capsys):
    assert main(["--board", "arty-a7", "--preset", "sdram"]) == 1
    assert "keeps weights in an SDRAM, and the" in " ".join(capsys.readouterr().err.split())


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
