"""Cells by module, the slowest path, and the picture of the device."""

import json
import re

from lls_hw.bitstream.critical_path import critical_path
from lls_hw.bitstream.netlist import PLACER, block, module_of
from lls_hw.bitstream.page.floorplan import floorplan
from lls_hw.bitstream.placement import OTHERS, PlacedCell, groups, read_placement


def test_cells_belong_to_modules_without_numbers():
    assert module_of("system.core.array.x_LUT4_Z") == ("system", "core", "array")
    assert module_of("core.trace$184.array.array.0.0") == ("core", "trace$184", "array", "array")
    assert module_of("alive_CCU2C_B1") == ()
    assert module_of("$nextpnr_CCU2C_5$CCU2_COMB1") == (PLACER,)
    assert block(("array", "column_12", "pe_3", "trace$184")) == "array.column.pe.trace"
    assert block(()) == "top"


def test_placement_keeps_the_kinds_asked_for(tmp_path):
    def cell(kind, bel):
        return {"type": kind, "attributes": {"NEXTPNR_BEL": bel} if bel else {}}

    file = tmp_path / "placed.json"
    file.write_text(json.dumps({"modules": {"top": {"cells": {
        "a.b_1.x": cell("TRELLIS_FF", "X12/Y34/SLICEA.FF0"),
        "a.b_2.y": cell("TRELLIS_FF", "X13/Y34/SLICEB.FF1"),
        "clock": cell("EHXPLLL", "X1/Y4/EHXPLL_UL"),
        "loose": cell("TRELLIS_FF", ""),
    }}}}))  # fmt: skip
    assert read_placement(file, {"FF": "TRELLIS_FF"}) == [
        PlacedCell("a.b", "FF", 12, 34), PlacedCell("a.b", "FF", 13, 34)
    ]  # fmt: skip


def test_cells_of_the_placer_belong_to_what_they_are_wired_to(tmp_path):
    """Through one another, but not through a wire that the whole chip shares."""
    many = {f"m.other_{k}.x": {"A": [1]} for k in range(9)}
    wired = {
        "m.sum.z": {"FCO": [5]},
        "$nextpnr_CCU2C_1$COMB0": {"FCI": [5], "A": [1], "FCO": [6]},
        "$nextpnr_CCU2C_1$COMB1": {"FCI": [6]},
        "$nextpnr_CCU2C_2$COMB0": {"A": [1], "F": []},
    }
    cells = {
        name: {"type": "COMB", "attributes": {"NEXTPNR_BEL": "X1/Y2/A"}, "connections": ends}
        for name, ends in (many | wired).items()
    }
    file = tmp_path / "placed.json"
    file.write_text(json.dumps({"modules": {"top": {"cells": cells}}}))
    blocks = [cell.block for cell in read_placement(file, {"LUT": "COMB"})]
    assert blocks == ["m.other"] * 9 + ["m.sum"] * 3 + ["top"]
    assert PLACER not in blocks


def test_groups_hold_every_block_once():
    amounts = {f"core.array.part{k}": 100.0 + k for k in range(12)} | {
        "core.host": 40.0, "core": 10.0, "link.receiver": 30.0, "top": 5.0,
    }  # fmt: skip
    owners = groups(amounts, 6)
    assert set(owners) == set(amounts)
    assert len(set(owners.values())) == 6
    assert OTHERS in owners.values()
    for name, owner in owners.items():
        assert owner == OTHERS or name.startswith(owner)
    one = groups({"core.a": 1.0, "core.b": 1.0}, 6)
    assert set(one.values()) == {"core.a", "core.b"}


def test_slowest_path_joins_what_lies_in_one_module():
    def step(kind, delay, start, end):
        return {"type": kind, "delay": delay, "from": {"cell": start}, "to": {"cell": end}}

    def path(start, end, *steps):
        return {"from": start, "to": end, "path": list(steps)}

    slow = path(
        "posedge clk", "posedge clk",
        step("clk-to-q", 0.5, "m.a.q", "m.a.q"),
        step("routing", 1.0, "m.a.q", "m.a.x"),
        step("routing", 0.25, "m.a.x", "$nextpnr_CCU2C_1$CCU2_COMB0"),
        step("logic", 0.25, "$nextpnr_CCU2C_1$CCU2_COMB0", "$nextpnr_CCU2C_1$CCU2_COMB0"),
        step("routing", 2.0, "$nextpnr_CCU2C_1$CCU2_COMB0", "m.b_3.y"),
        step("setup", 0.125, "m.b_3.y", "m.b_3.y"),
    )  # fmt: skip
    other = path("<async>", "posedge clk", step("routing", 50.0, "rx", "m.a.q"))
    fast = path("posedge clk", "posedge clk", step("routing", 1.0, "m.a.q", "m.a.x"))
    segments = critical_path({"critical_paths": [fast, other, slow]})
    found = [(s.start, s.end, s.logic, s.routing, s.cells) for s in segments]
    assert found == [
        ("m.a", "m.a", 0.75, 1.25, 2), ("m.a", "m.b", 0.0, 2.0, 1), ("m.b", "m.b", 0.125, 0.0, 0)
    ]  # fmt: skip
    assert critical_path({}) == critical_path({"critical_paths": []}) == []


def test_floorplan_draws_each_tile_in_the_colour_of_its_largest_module():
    cells = [
        PlacedCell(*cell)
        for cell in (("a", "LUT", 2, 1), ("a", "LUT", 3, 1), ("b", "LUT", 3, 1), ("a", "FF", 3, 1),
                     ("b", "FF", 5, 2), ("b", "DSP", 6, 2), ("a", "FF", 6, 2))
    ]  # fmt: skip
    picture = floorplan(cells, lambda name: name, {"a": "#111", "b": "#222"})
    paths = dict(re.findall(r'<path fill="(#\d+)" d="([^"]*)"', picture))
    assert paths == {"#111": "M2 1h2v1h-2z", "#222": "M5 2h2v1h-2z"}
    assert 'd="M6 2h1v1h-1z"' in picture
    assert 'viewBox="-1 -1 9 5"' in picture
