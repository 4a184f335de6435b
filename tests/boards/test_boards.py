"""Boards: names, variants, and the pins that the constraints of each family name."""

import json
import re
from importlib.util import find_spec

import pytest

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.ice40 import Ice40
from lls_hw.bitstream.pins import board_pins, oscillator
from lls_hw.bitstream.xilinx import Xilinx
from lls_hw.boards import BOARDS, find_board
from lls_hw.boards.board import LINKS, UART, BoardError
from lls_hw.build import main
from lls_hw.contract.config import preset
from lls_hw.contract.line import RATES, divider
from lls_hw.gateware.system import System
from tests.memory_core import MemoryCore

LINKED = [(board, link) for board in BOARDS.values() for link in LINKS
          if link == UART or board.usb_socket]  # fmt: skip
VARIANTS = [(board, name) for board in BOARDS.values() for name in board.variants]
SITES = {
    Ecp5: ("top.lpf", r'LOCATE COMP "([\w\[\]]+)" SITE "(\w+)";'),
    Ice40: ("top.pcf", r"set_io(?: -pullup yes)? (\w+) (\w+)$"),
    Xilinx: ("top.xdc", r"set_property PACKAGE_PIN (\w+) \[get_ports (\w+)\]"),
}
"""Constraint file of each family, and how it names a port and its site."""

PINS = {
    "ulx3s": {"clock": "G2", "rx": "M1", "tx": "L4", "busy": "B2", "alive": "C2"},
    "orangecrab": {"clock": "A9", "rx": "N17", "tx": "M18", "busy": "J3", "alive": "M3"},
    "colorlight-i5": {"clock": "P3", "rx": "H18", "tx": "J17", "alive": "U16"},
    "colorlight-5a75b": {"clock": "P6", "rx": "M13", "tx": "P11", "alive": "F3"},
    "ecpix5": {"clock": "K23", "rx": "R26", "tx": "R24", "busy": "T22", "alive": "R21"},
    "icebreaker": {"clock": "35", "rx": "6", "tx": "9", "busy": "11", "alive": "37"},
    "arty-a7": {"clock": "E3", "rx": "A9", "tx": "D10", "busy": "H5", "alive": "J5"},
    "nexys4ddr": {"clock": "E3", "rx": "C4", "tx": "D4", "busy": "H17", "alive": "K15"},
}
"""From the schematics; those of the serial line, if there is a choice."""
USB_PINS = {
    "ulx3s": {"usb[0]": "D15", "usb[1]": "E15", "usb_pullup": "B12"},
    "orangecrab": {"usb[0]": "N1", "usb[1]": "M2", "usb_pullup": "N2"},
}
"""In place of rx and tx: D+, D- and the resistor at D+."""
CLOCKS = {
    "ulx3s": 25, "orangecrab": 48, "colorlight-i5": 25, "colorlight-5a75b": 25, "ecpix5": 100,
    "icebreaker": 12, "arty-a7": 100, "nexys4ddr": 100,
}  # fmt: skip
INVERTED = {"orangecrab", "colorlight-i5", "ecpix5", "icebreaker"}
"""Boards whose LEDs are on when the pin is low."""


def pins_of(board, link) -> dict[str, str]:
    """The sites of a board with that link."""
    if link == UART:
        return PINS[board.name]
    others = {name: site for name, site in PINS[board.name].items() if name not in ("rx", "tx")}
    return others | USB_PINS[board.name]


@pytest.mark.parametrize("board, name", VARIANTS, ids=[f"{b.name}-{n}" for b, n in VARIANTS])
def test_every_variant_can_be_prepared(board, name, tmp_path):
    """Preset, device, clock, baud rate and pins of the default build are possible."""
    variant = board.variant(name)
    platform = board.platform(variant)
    flow = flow_of(platform)
    dividers = flow.dividers(oscillator(board, platform), variant.frequency)
    assert dividers.frequency(oscillator(board, platform)) == pytest.approx(variant.frequency)
    divider(board.baud, 1e6 * variant.frequency)
    assert board.baud in RATES, "so that the driver finds it"
    flow.expect(preset(variant.preset))
    for link in LINKS if board.usb_socket else (UART,):
        flow.prepare(board, platform, variant.frequency, tmp_path, link=link)
        file, pattern = SITES[type(flow)]
        found = re.findall(pattern, (tmp_path / file).read_text(), re.MULTILINE)
        sites = {b: a for a, b in found} if isinstance(flow, Xilinx) else dict(found)
        assert sites == pins_of(board, link)
    assert oscillator(board, platform) == CLOCKS[board.name]
    inverted = {name for name, pin in board_pins(board, platform).items() if pin.inverted}
    assert inverted == ({"busy", "alive"} & set(board.ports) if board.name in INVERTED else set())


@pytest.mark.parametrize("board, link", LINKED, ids=[f"{b.name}-{link}" for b, link in LINKED])
def test_smoke(board, link, tmp_path, monkeypatch):
    """The command line makes a top module with the board's ports, PLL and LEDs."""
    name = board.name
    monkeypatch.setattr(
        "lls_hw.bitstream.board.System", lambda config: System(config, MemoryCore())
    )
    command = ["--board", name, "--preset", "nano", "--verilog-only", "--out", str(tmp_path)]
    assert main(command + ["--link", link] * (link != board.link)) == 0
    verilog = (tmp_path / "top.v").read_text()
    (ports,) = re.findall(r"^module top\((.*?)\);", verilog, re.MULTILINE)
    assert set(ports.split(", ")) == {port.partition("[")[0] for port in pins_of(board, link)}
    pll = {Ecp5: "EHXPLLL", Ice40: "SB_PLL40_PAD", Xilinx: "PLLE2_ADV"}
    flow = flow_of(board.platform(board.variant(board.default)))
    assert verilog.count(f"  {pll[type(flow)]} ") == (1 if link == UART else 2)
    design = json.loads((tmp_path / "design.json").read_text())
    assert design["board"]["link"] == link
    assert design["board"].get("baud") == (board.baud if link == UART else None)
    assert design["board"]["clock_mhz"] == board.variant(board.default).frequency


def test_all_boards_are_there():
    assert set(BOARDS) == set(PINS)
    devices = {name: set(board.variants) for name, board in BOARDS.items()}
    assert devices["ulx3s"] == {"12f", "25f", "45f", "85f"}
    assert devices["orangecrab"] == {"25f", "85f"} and devices["ecpix5"] == {"45f", "85f"}
    assert devices["arty-a7"] == {"35t", "100t"} and devices["icebreaker"] == {"up5k"}


@pytest.mark.parametrize(
    "name, variant, device, package",
    [
        ("ulx3s", "85F", "85k", "CABGA381"),
        ("orangecrab", "25f", "25k", "CSFBGA285"),
        ("ecpix5", "45f", "um5g-45k", "CABGA554"),
        ("colorlight-5a75b", "25f", "25k", "CABGA256"),
        ("icebreaker", "up5k", "up5k", "sg48"),
        ("arty-a7", "35t", "xc7a35t", "csg324"),
    ],
)
def test_devices_as_the_tools_name_them(name, variant, device, package):
    board = find_board(name.upper())
    flow = flow_of(board.platform(board.variant(variant)))
    assert (flow.device, flow.package) == (device, package)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(BoardError, match="'ulx4s'; the boards are .*ulx3s.*nexys4ddr"):
        find_board("ulx4s")
    with pytest.raises(BoardError, match="'99f'; choose 12f, 25f, 45f, 85f"):
        find_board("ulx3s").variant("99f")


def test_usb_is_for_boards_with_a_socket(capsys):
    assert main(["--board", "colorlight-i5", "--link", "usb", "--verilog-only"]) == 1
    said = "The Colorlight i5 has no USB socket that is wired to its FPGA; use --link uart."
    assert said in " ".join(capsys.readouterr().err.split())
    assert main(["--board", "ulx3s", "--link", "usb", "--baud", "3M", "--verilog-only"]) == 1
    assert "USB has no rate to choose; leave --baud out" in capsys.readouterr().err
    assert main(["--board", "none", "--link", "usb"]) == 1
    assert "--link belongs to a board" in " ".join(capsys.readouterr().err.split())


def test_usb_without_luna_names_the_package(capsys, monkeypatch):
    monkeypatch.setattr(
        "lls_hw.tools.packages.find_spec", lambda name: None if name == "luna" else find_spec(name)
    )
    assert main(["--board", "orangecrab", "--verilog-only"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "USB needs LUNA, which is not installed; run: pip install" in said and "luna-usb" in said
