"""The page of a build, from facts: modules once, what limits, and what comes next."""

import re

import pytest

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.next_step import next_step
from lls_hw.bitstream.page import sections
from lls_hw.bitstream.page.report import Facts, write_page
from lls_hw.bitstream.placement import PlacedCell
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.xilinx import Xilinx
from lls_hw.contract.config import preset
from lls_hw.contract.line import BAUD
from lls_hw.contract.usb import SERIAL_RATE, link_name
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import speed
from tests.report.pages import Page

SMALL = preset("small")
COMMAND = "python -m lls_hw.build --board arty-a7 --variant 35t --preset small --seed 1"
ARTY = Xilinx(device="xc7a35t", package="csg324", speed="1", grade="")
ULX3S = Ecp5(device="85k", package="CABGA381", speed="6")


def page_of(tmp_path, **facts):
    (tmp_path / "top.il").write_text("module \\top\n  memory width 16 size 64 \\m\nend\n")
    given = {
        "following": next_step(ARTY, False, COMMAND, 8_000_000),
        "timing": (),
        "programs": (),
        "baud": 3_000_000,
    }
    write_page(
        Facts(
            title="Arty A7, small", device="xc7a35t", config=SMALL, frequency=80,
            command=COMMAND, resources=[Resource("LUT", 50, 200)], **given | facts,
        ),
        tmp_path,
    )  # fmt: skip
    return (tmp_path / "report.html").read_text()


def test_build_without_a_clock_names_the_next_step(tmp_path):
    content = page_of(tmp_path)
    text = Page(content).text
    assert "<h2>Timing</h2>" not in content and "reached" not in text
    assert "vivado -mode batch -source vivado.tcl" in text and "./openxc7.sh" in text
    assert re.findall("<h2>(.*?)</h2>", content) == ["Resources", "Memories", "Next step", "Build"]


def test_next_step_of_every_kind_of_build():
    said, commands = next_step(ULX3S, True, "build --seed 1", 3_000_000)
    assert commands[0] == "build --seed 1 --load" and "--self-test" in commands[1]
    said, commands = next_step(ULX3S, False, "build --seed 1 --synthesis-only", 3_000_000)
    assert commands == ("build --seed 1",) and "synthesis" in said


@pytest.mark.parametrize(("name", "batch"), [("tinyconv", 8), ("mlp", 16)])
@pytest.mark.parametrize("baud", [3_000_000, SERIAL_RATE, 200_000_000])
def test_what_limits_is_on_the_first_screen(tmp_path, name, batch, baud):
    program = compile_network(load_network(name), SMALL, batch)
    text = Page(page_of(tmp_path, programs=[program], baud=baud)).text
    rate = speed(program, 80, baud)
    first = text[: text.index("Resources")]
    assert f"{name}, limited by the {rate.limit} {rate.samples:,.0f} samples/s" in first
    assert f"engine alone {rate.engine:,.0f} samples/s" in first and "stored" not in first
    assert f"{link_name(baud)} alone {rate.link:,.0f} samples/s" in first


def test_stored_samples_are_on_the_first_screen(tmp_path):
    program = compile_network(load_network("tinyconv"), preset("sdram"), 8)
    text = Page(page_of(tmp_path, programs=[program])).text
    stored = f"of stored samples, limited by the engine {speed(program, 80, BAUD).stored:,.0f} sam"
    assert stored in text[: text.index("Resources")]


def test_without_a_network_the_line_is_named(tmp_path):
    text = Page(page_of(tmp_path)).text
    assert "serial line (--network says what limits) 3 Mbaud clock 80 MHz" in text
    text = Page(page_of(tmp_path, baud=SERIAL_RATE)).text
    assert "USB link (--network says what limits) USB clock 80 MHz" in text


def cells(**amounts):
    return [
        PlacedCell(name.replace("_", "."), "LUT", x, y)
        for y, (name, amount) in enumerate(amounts.items())
        for x in range(amount)
    ]


def test_modules_are_listed_once_and_sorted():
    placed = cells(system_core_a=10, system_core_b=30, system_link=20, top=1)
    placed += [PlacedCell("system.core.a", "FF", 0, 0)] * 50
    content = sections.modules(placed, ["LUT", "FF"])
    shown, everything = content.split("<details>")[0], content.split("<details>")[1]
    names = re.findall(r'class="bar"><span>(.*?)</span>', shown)
    assert names == ["b", "link", "a", "top"]
    widths = [float(w) for w in re.findall(r"width:([\d.]+)%", shown)]
    assert widths == pytest.approx([100, 66.67, 33.33, 3.33])
    assert "30 LUT, 49.2%" in shown and "<table>" not in shown
    rows = re.findall(r"<td>(\w+)</td><td>(\d+)</td><td>(\d+)</td>", everything)
    assert rows == [("b", "30", "0"), ("link", "20", "0"), ("a", "10", "50"), ("top", "1", "0")]


def test_timing_shows_wanted_and_reached(tmp_path):
    text = Page(page_of(tmp_path, timing=[Timing("clk", 76.5, 80)])).text
    assert "clk 80.0 wanted, 76.5 MHz reached" in text and "reached 76.5 MHz" in text


def test_words_stay_whole_on_narrow_screens(tmp_path):
    programs = [compile_network(load_network("smallconv"), preset("sdram"), 8)]
    content = page_of(tmp_path, programs=programs)
    assert max(map(len, Page(content).unbreakable)) <= 20
    assert "anywhere" not in content and "break-word" not in content


def test_page_needs_nothing_else(tmp_path):
    assert Page(page_of(tmp_path)).addresses == []
