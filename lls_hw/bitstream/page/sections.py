"""Sections of the page that describe the bitstream itself."""

from collections import Counter
from collections.abc import Mapping, Sequence

from lls_hw.bitstream.critical_path import Segment
from lls_hw.bitstream.netlist import block
from lls_hw.bitstream.page.floorplan import floorplan
from lls_hw.bitstream.placement import OTHERS, PlacedCell, groups, resources_by_block
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.rtlil import Contents
from lls_hw.tools.html import bar, bars, code, counted, details, legend, section, table
from lls_hw.tools.style import CAPACITY, CELLS, PARTS, WIRES

__all__ = ["build", "following", "memories", "modules", "resources", "timing"]


def resources(items: Sequence[Resource]) -> str:
    """Used and available resources, as bars."""
    shown = bars(
        bar(
            item.name,
            [(item.used / item.available, CAPACITY)],
            f"{item.used:,} of {item.available:,}, {item.used / item.available:.0%}",
        )
        for item in items
    )
    return section("Resources", shown)


def following(sentence: str, commands: Sequence[str]) -> str:
    """What to do next."""
    return section("Next step", f"<p>{sentence}</p>", *map(code, commands))


def timing(clocks: Sequence[Timing], path: Sequence[Segment]) -> str:
    """Clocks, and the critical path by module; nothing before place and route."""
    found = []
    for clock in clocks:
        share = clock.wanted / clock.achieved
        hue = "var(--good)" if share <= 1 else "var(--bad)"
        text = f"{clock.wanted:.1f} wanted, {clock.achieved:.1f} MHz reached"
        found.append(bar(clock.clock, [(share, hue)], text))
    if not path:
        return section("Timing", bars(found))
    total = sum(part.logic + part.routing for part in path)
    longest = max(part.logic + part.routing for part in path)
    routing = sum(part.routing for part in path)
    parts = [
        bar(
            _short(part.start) + ("" if part.start == part.end else f" → {_short(part.end)}"),
            [(part.logic / longest, CELLS), (part.routing / longest, WIRES)],
            f"{part.logic + part.routing:.2f} ns, {counted(part.cells, 'cell')}",
        )
        for part in path
    ]
    said = f"<p>The critical path takes {total:.2f} ns, {routing / total:.0%} of it on wires.</p>"
    hues = legend({"cells": CELLS, "wires": WIRES})
    return section("Timing", bars(found), "<h3>Critical path</h3>", said, hues, bars(parts))


def modules(cells: list[PlacedCell], kinds: Sequence[str]) -> str:
    """Each module's cells, the largest first, and its place on the device in the same colour."""
    by_block = resources_by_block(cells)
    main = kinds[0]
    weights = {name: float(sum(amounts.values())) for name, amounts in by_block.items()}
    owner = groups(weights, len(PARTS))
    sums: dict[str, Counter[str]] = {}
    for name, group in owner.items():
        sums.setdefault(group, Counter()).update(by_block[name])
    ordered = sorted(sums, key=lambda name: (name == OTHERS, -sums[name][main], name))
    hues = dict(zip(ordered, PARTS, strict=False))
    if OTHERS in hues:
        hues[OTHERS] = PARTS[-1]
    largest = max(max(amounts[main] for amounts in sums.values()), 1)
    total = max(sum(amounts[main] for amounts in sums.values()), 1)
    shown = bars(
        bar(_short(name), [(sums[name][main] / largest, hues[name])],
            f"{sums[name][main]:,} {main}, {sums[name][main] / total:.1%}")
        for name in ordered
    )  # fmt: skip
    every = [
        (_short(name), *(f"{amounts[kind]:,}" for kind in kinds))
        for name, amounts in sorted(by_block.items(), key=lambda item: (-item[1][main], item[0]))
    ]
    picture = floorplan(cells, owner.__getitem__, hues)
    note = (
        '<p class="soft">One square is one tile of the device, in the colour of the module with '
        "most cells in it; multipliers and block RAMs have a dark edge.</p>"
    )
    everything = details("every module, all kinds of cells", table(("module", *kinds), every))
    return section("Modules", shown, everything) + section("Floorplan", picture, note)


def memories(design: Mapping[str, Contents]) -> str:
    """All memories of the design, grouped by kind."""
    count: Counter[tuple[str, int, int]] = Counter()
    for name, module in design.items():
        for memory in module.memories:
            count[block(name.split(".")[1:]), memory.width, memory.depth] += 1
    rows = []
    bits = {key: n * key[1] * key[2] for key, n in count.items()}
    total = sum(bits.values())
    ordered = sorted(bits, key=lambda key: -bits[key])
    for key in ordered:
        name, width, depth = key
        size = f"{count[key]} × " if count[key] > 1 else ""
        rows.append((_short(name), f"{size}{depth:,} × {width}", f"{bits[key] / 8192:,.1f}"))
    largest = [
        bar(
            _short(key[0]),
            [(bits[key] / bits[ordered[0]], CAPACITY)],
            f"{bits[key] / 8192:,.1f} KiB, {bits[key] / total:.0%}",
        )
        for key in ordered[:6]
    ]
    return section(
        "Memories",
        f"<p>{total / 8192:,.1f} KiB in {sum(count.values())} memories.</p>",
        bars(largest),
        details("every memory", table(("memory", "words × bits", "KiB"), rows)),
    )


def build(
    seconds: Mapping[str, float], kept: Sequence[str], seeds: Mapping[int, float],
    tools: Mapping[str, str],
) -> str:  # fmt: skip
    """Steps, seeds, tools."""
    steps = [
        (name, f"{value:,.1f} s", "kept" if name in kept else "") for name, value in seconds.items()
    ]
    said = "<p>Steps that are kept come from an earlier build, with the time they took then.</p>"
    parts = [said if kept else "", table(("step", "time", ""), steps)]
    if len(seeds) > 1:
        rows = [(str(seed), f"{margin:.1%}") for seed, margin in seeds.items()]
        parts.append(table(("seed", "reached, of the wanted clock"), rows))
    parts.append(table(("tool", "version"), list(tools.items())))
    return section("Build", *parts)


def _short(name: str) -> str:
    """A module's name without the common prefix."""
    for prefix in ("system.core.", "system."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return {"": "top", "system": "link and core", "system.core": "core"}.get(name, name)
