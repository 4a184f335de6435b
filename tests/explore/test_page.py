"""Rows, their front, the page and the fit, from results that are made up."""

import json
import re

import pytest

from lls_hw.bitstream.fitting import KINDS, Sample, error, fitted
from lls_hw.contract.config import PRESETS
from lls_hw.explore.page import explored_page
from lls_hw.explore.points import Point
from lls_hw.explore.record import page_of, record
from lls_hw.explore.refit import refit, samples
from lls_hw.explore.rows import Row, measures, with_front


def point(engine="tiny", seed=1, frequency=60.0, synthesis_only=False):
    return Point(
        board="ulx3s", variant="85f", engine=engine, word=engine, config=PRESETS[engine],
        frequency=frequency, seed=seed, synthesis_only=synthesis_only,
    )  # fmt: skip


def report(logic, achieved=None, wanted=60.0, **features):
    clocks = {"clk": {"clock": "clk", "achieved": achieved, "wanted": wanted}} if achieved else {}
    used = {"LUT": logic, "FF": logic // 2, "DSP": 13}
    resources = {k: {"name": k, "used": n, "available": 80_000} for k, n in used.items()}
    return {"resources": resources, "clocks": clocks, "features": features}


ROWS = [
    Row(point=point("nano"), rates=(100.0,), report=report(10_000, 70.0)),
    Row(point=point("tiny"), rates=(300.0,), report=report(19_000, 66.0)),
    Row(point=point("tiny", 2), rates=(300.0,), report=report(19_000, 64.0)),
    Row(point=point("small"), rates=(900.0,), report=report(31_000, 61.0)),
    Row(point=point("large"), error="Timing is not met: <clk> reaches 50.0 MHz."),
]


def test_the_front_is_about_speed_logic_and_clock():
    assert [one.name for one in measures(ROWS)] == ["samples/s", "LUT", "clock reached, MHz"]
    assert [row.front for row in with_front(ROWS)] == [True, True, False, True, False]


def test_without_clocks_and_networks_there_is_less_to_compare():
    rows = [
        Row(point=point(name, synthesis_only=True), report=report(logic))
        for name, logic in (("nano", 10_000), ("tiny", 19_000), ("large", 18_000))
    ]
    names = [one.name for one in measures(rows)]
    assert names == ["peak, GMAC/s", "LUT", "clock asked for, MHz"]
    assert [row.front for row in with_front(rows)] == [True, False, True]


def test_accuracy_counts_where_every_row_has_it():
    rows = [
        Row(point=point("nano"), rates=(300.0,), accuracy=0.9, report=report(10_000, 70.0)),
        Row(point=point("tiny"), rates=(200.0,), accuracy=0.95, report=report(19_000, 60.0)),
        Row(point=point("small"), rates=(200.0,), accuracy=0.9, report=report(19_000, 60.0)),
    ]
    assert [one.name for one in measures(rows)][-1] == "accuracy, %"
    assert [row.front for row in with_front(rows)] == [True, True, False]


def test_the_clock_is_the_engines():
    clocks = {"usb": (61.0, 60.0), "clk": (83.0, 80.0006)}
    found = {k: {"clock": k, "achieved": a, "wanted": w} for k, (a, w) in clocks.items()}
    row = Row(point=point(frequency=80.0), report=report(9) | {"clocks": found})
    assert row.reached == 83.0


def test_rates_of_several_networks_have_a_mean():
    assert Row(point=point(), rates=(100.0, 400.0)).samples == pytest.approx(200)
    assert Row(point=point()).samples is None


def test_the_page_has_all_points_and_needs_nothing_else():
    trainings = {"training digits, batch 8": "No PyTorch."}
    page = explored_page("24 points", "lls-hw explore", with_front(ROWS), [], trainings)
    assert page.count('<svg viewBox="0 0 440') == 3 and page.count("<h1>") == 1
    assert "Timing is not met: &lt;clk&gt; reaches 50.0 MHz." in page and "No PyTorch." in page
    assert not re.search(r"(src|href)=|https?://|@import|<script", page)
    (table,) = re.findall(r"<h2>All points</h2>.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    lines = [re.findall(r"<td>(.*?)</td>", line) for line in table.split("</tr>")[:-1]]
    assert [line[:6] for line in lines] == [
        ["small", "■", "1", "60", "900", "31,000"], ["tiny", "■", "1", "60", "300", "19,000"],
        ["tiny", "", "2", "60", "300", "19,000"], ["nano", "■", "1", "60", "100", "10,000"],
    ]  # fmt: skip
    (chart,) = re.findall(r'aria-label="samples/s and LUT.*?</svg>', page, re.DOTALL)
    assert chart.count("<rect") == 3 and chart.count("<circle") == 1
    assert chart.count("<title>") == 4 and "nano, 60 MHz, seed 1: 100 samples/s" in chart
    assert "python -m lls_hw.build --board ulx3s --variant 85f --preset small" in (
        re.sub("<[^>]*>", "", page)
    )


def test_a_page_of_failures_alone():
    page = explored_page("1 point", "lls-hw explore", with_front(ROWS[-1:]), [], {})
    assert "Failures" in page and "All points" not in page


def test_the_fit_finds_what_the_cells_are_made_of():
    """And the errors before it are those of the package's own coefficients."""
    rows = [
        Row(point=point(name), report=report(3 * carry + 2 * register, 60.0, carry=carry,
                                             register=register))
        for name, carry, register in
        (("nano", 4_000, 3_000), ("tiny", 7_000, 8_000), ("small", 9_000, 20_000))
    ]  # fmt: skip
    found = samples("ecp5", [*rows, *rows])
    assert [sample.name for sample in found] == ["nano", "tiny", "small"]
    lut, ff = refit("ecp5", found)
    assert (lut.kind, ff.kind) == ("LUT", "FF")
    assert lut.factors == {"carry": 3.0, "register": 2.0}
    assert lut.after == pytest.approx([0, 0, 0], abs=1e-4)
    assert all(abs(value) > 0.01 for value in lut.before)
    page = explored_page("3 points", "lls-hw explore", with_front(rows), [lut, ff], {})
    assert "LUT fitted to these engines: 3 of carry, 2 of register." in page


def test_a_record_makes_the_same_page():
    """After it was written and read."""
    rows = with_front(ROWS)
    found = record("4 points", "lls-hw explore", "ecp5", rows[-1:], {"training": "No PyTorch."})
    assert found["samples"] == [] and "No PyTorch." in page_of(json.loads(json.dumps(found)))
    known = [row for row in rows if row.error]
    features = {"carry": 4_000, "register": 8_000}
    known += [Row(point=point("nano"), rates=(9.0,), report=report(10_000, 60.0, **features))]
    found = record("2 points", "lls-hw explore", "ecp5", known, {})
    fits = refit("ecp5", samples("ecp5", known))
    page = explored_page("2 points", "lls-hw explore", known, fits, {})
    assert page_of(json.loads(json.dumps(found))) == page and "Estimates" in page


def test_too_few_engines_are_not_fitted():
    rows = [Row(point=point("nano"), report=report(10_000, 60.0, carry=4_000, register=8_000))]
    lut, _ = refit("ecp5", samples("ecp5", rows))
    assert lut.factors == {} and lut.after == [] and len(lut.before) == 1


def test_cells_that_were_not_packed_are_no_samples():
    rows = [Row(point=point("nano"), report=report(10_000, carry=4_000, register=8_000))]
    assert samples("ecp5", rows) == [] and len(samples("xilinx", rows)) == 1


def test_a_fit_has_no_negative_coefficient():
    found = [Sample(str(k), {"carry": 10.0 * k, "register": 100.0 - k}, {"LUT": 5.0 * (100 - k)})
             for k in range(1, 8)]  # fmt: skip
    factors = fitted(found, "LUT", KINDS["ecp5"]["LUT"])
    assert min(factors.values()) >= 0 and factors["register"] == pytest.approx(5, abs=0.01)
    assert error(found[0], "LUT", factors) == pytest.approx(0, abs=0.01)
