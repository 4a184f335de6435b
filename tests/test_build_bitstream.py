"""A real bitstream of the smallest engine; minutes of place and route."""

import json
import os

import pytest

from lls_hw.bitstream.ecp5 import CAPACITY
from lls_hw.build import main
from lls_hw.contract.config import preset

PREAMBLE = bytes.fromhex("ffffbdb3")


def test_bitstream_of_nano(tmp_path):
    arguments = ["--board", "ulx3s", "--variant", "12f", "--preset", "nano", "--frequency", "60"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    assert sorted(os.listdir(tmp_path)) == [
        "design.json", "pack.log", "place.log", "report.html", "report.json", "synthesis.log",
        "top.bit", "top.v",
    ]  # fmt: skip

    bitstream = (tmp_path / "top.bit").read_bytes()
    assert b"Part: LFE5U-12F-6CABGA381" in bitstream[:200]
    assert PREAMBLE in bitstream
    assert len(bitstream) > 50_000

    report = json.loads((tmp_path / "report.json").read_text())
    resources = report["resources"]
    available = {name: item["available"] for name, item in resources.items()}
    assert available == CAPACITY["12k"]
    assert all(item["used"] <= item["available"] for item in resources.values())
    assert resources["DSP"]["used"] >= preset("nano").macs_per_cycle
    clocks = report["clocks"]
    # nextpnr counts in whole picoseconds.
    assert clocks["clk"]["wanted"] == pytest.approx(60, rel=1e-4)
    assert all(clock["achieved"] >= clock["wanted"] for clock in clocks.values())
    assert report["command"] == (
        "python -m lls_hw.build --board ulx3s --variant 12f --preset nano --frequency 60 --seed 1"
        " --link uart"
    )
    assert set(report["seconds"]) == {"Verilog", "Synthesis", "Place and route", "Bitstream"}

    design = json.loads((tmp_path / "design.json").read_text())
    assert design["digest"] == f"{preset('nano').digest:016x}"
    assert set(design["tools"]) == {"yosys", "nextpnr-ecp5", "ecppack"}
    assert all(tool != "unknown" for tool in design["tools"].values())
