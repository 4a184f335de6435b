"""Floorplan: every cell on a site of its own, columns beside one another."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import replace

import pytest

from lls_hw.bitstream.ecp5 import CAPACITY, Ecp5
from lls_hw.bitstream.floorplan import SITES, floorplan
from lls_hw.contract.config import preset
from lls_hw.gateware.core import Core
from lls_hw.gateware.memory.banked_ram import BANK_WORDS
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.toolchain import find_tool

ROWS, COLS = 3, 4
CONTROL = ("basis.words", "local.scores", "trace.array.memory", "trace$185.local.memory")
FREE = "system.link.receiver.memory.0.0"


def netlist(weights=5, store=6):
    """Cells of an engine of ROWS x COLS, named as Yosys names them."""
    names = [
        f"system.core.array.columns.column_{c}.{memory}.array.0.{k}"
        for c in range(COLS)
        for memory, count in (
            ("weights.weight.bank_0", weights),
            ("errors", 1),
            ("latents", 1),
            ("sums.ram", 1),
        )
        for k in range(count)
    ]
    names += [f"system.core.array.inputs.store.ram.bank_0.array.0.{k}" for k in range(store)]
    names += [f"system.core.{name}.array.0.0" for name in CONTROL]
    cells = {name: {"type": "DP16KD"} for name in [*names, FREE]}
    for r in range(ROWS):
        for c in range(COLS):
            name = f"system.core.array.array.pe_{r}_{c}.product_TRELLIS_FF_Q_DI_MULT18X18D_P0"
            cells[name] = {"type": "MULT18X18D"}
    return cells | {"system.core.array.inputs.store.part_LUT4_Z": {"type": "LUT4"}}


@pytest.mark.parametrize("device", SITES)
def test_sites_are_all_that_the_device_has(device):
    for kind, cell in (("BRAM", "DP16KD"), ("DSP", "MULT18X18D")):
        sites = SITES[device].of(cell)
        assert len({site.name for site in sites}) == CAPACITY[device][kind]
        assert all(site.x < SITES[device].width and site.y < SITES[device].height for site in sites)


@pytest.mark.parametrize("device", SITES)
def test_each_cell_has_its_own_site(device):
    cells = netlist()
    plan = floorplan(cells, SITES[device])
    assert len({site.name for site in plan.values()}) == len(plan)
    free = {FREE, "system.core.array.inputs.store.part_LUT4_Z"}
    assert cells.keys() - plan.keys() == free
    for name, site in plan.items():
        assert ("EBR" in site.name) == (cells[name]["type"] == "DP16KD")


def test_order():
    """The store, then column after column; rows from north to south."""
    plan = floorplan(netlist(), SITES["85k"])

    def middle(axis, pattern):
        places = [site[axis] for name, site in plan.items() if re.search(pattern, name)]
        return sum(places) / len(places)

    strips = ["store", *(rf"column_{c}\." for c in range(COLS))]
    assert (order := [middle(0, strip) for strip in strips]) == sorted(set(order))
    assert (order := [middle(0, rf"pe_\d_{c}\.") for c in range(COLS)]) == sorted(set(order))
    assert (order := [middle(1, rf"pe_{r}_\d\.") for r in range(ROWS)]) == sorted(set(order))
    control = "|".join(re.escape(name) for name in CONTROL)
    assert middle(1, control) > middle(1, "latents")
    assert middle(0, control) < middle(0, rf"column_{COLS - 1}\.")


def test_a_full_device():
    """All sites are taken, none twice."""
    weights = (56 - 6 - 1) // COLS - 3
    store = 56 - COLS * (weights + 3) - len(CONTROL)
    plan = floorplan(netlist(weights=weights, store=store), SITES["25k"])
    assert len({site.name for site in plan.values() if "EBR" in site.name}) == 56


def test_without_an_array():
    assert floorplan({"a": {"type": "DP16KD"}, "b": {"type": "LUT4"}}, SITES["25k"]) == {}


def test_nextpnr_is_given_the_plan(tmp_path):
    """Each planned cell has its site in the netlist that is placed; the others have none."""
    cells = {name: cell | {"attributes": {}} for name, cell in netlist().items()}
    (tmp_path / "top.json").write_text(json.dumps({"modules": {"top": {"cells": cells}}}))
    placed = []

    class Steps:
        def run(self, command, folder, log):
            content = json.loads((folder / command[command.index("--json") + 1]).read_text())
            placed.append(content["modules"]["top"]["cells"])
            used = {bel: {"used": 0, "available": 1} for bel in Ecp5.BELS.values()}
            report = {"utilization": used, "fmax": {}}
            (folder / "timing.json").write_text(json.dumps(report))

    Ecp5(device="um5g-45k", package="CABGA554", speed="8").place(Steps(), tmp_path, 1)
    plan = floorplan(cells, SITES["45k"])
    assert len(placed) == 1
    for name, cell in placed[0].items():
        assert cell["attributes"].get("BEL") == (plan[name].name if name in plan else None)


def test_the_plan_knows_the_names_of_the_gateware(tmp_path):
    """Each memory of a real array that is block RAM has its place, but for the velocities."""
    config = replace(preset("tiny"), rows=2, cols=2, weight_depth=BANK_WORDS + 1, momentum=True)
    (tmp_path / "top.il").write_text(elaborate(Core(config), "top"))
    script = "read_rtlil top.il; proc; flatten; write_json top.json"
    subprocess.run([find_tool("yosys").path, "-q", "-p", script], cwd=tmp_path, check=True)
    memories = json.loads((tmp_path / "top.json").read_text())["modules"]["top"]["memories"]
    cells = {
        f"system.core.{name}.0.0": {"type": "DP16KD"}
        for name in memories
        if name.startswith("array.")
    }
    element = "system.core.array.array.pe_1_1.product"
    plan = floorplan(cells | {element: {"type": "MULT18X18D"}}, SITES["85k"])
    planned = Counter(
        re.sub(r"\d+", "", name.removeprefix("system.core.array.").partition(".array")[0])
        for name in plan.keys() - {element}
    )
    assert planned == {
        "columns.column_.weights.weight.bank_": 4, "columns.column_.errors": 2,
        "columns.column_.latents": 2, "columns.column_.sums.ram": 2, "inputs.store.ram.bank_": 1,
        "inputs.images.bank_": 4, "signs.ram.bank_": 1,
    }  # fmt: skip
    others = [name for name in cells if name not in plan]
    assert sorted(re.sub(r"\d+", "", name.split(".")[-4]) for name in others) == sorted(
        ["bank_"] * 4 + ["cells"] * 2 + ["pool"] + ["inputs", "outputs"]  # of the noise
    )
    velocities = [name for name in others if "bank_" in name]
    assert all(".weights.velocity." in name for name in velocities)
