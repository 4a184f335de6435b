"""Sections of the page that describe the bitstream itself."""

from collections import Counter
from collections.abc import Mapping, Sequence

from lls_hw.bitstream.critical_path import Segment
from lls_hw.bitstream.netlist import block
from lls_hw.bitstream.page.floorplan import floorplan
from lls_hw.bitstream.page.html import PALETTE, bar, colour, columns, details, section
from lls_hw.bitstream.placement import OTHERS, PlacedCell, groups, resources_by_block
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.rtlil import Contents

__all__ = ["build", "memories", "modules", "resources", "timing"]

_LOGIC, _ROUTING = "#4269d0", "#efb118"


def resources(items: Sequence[Resource]) -> str:
    """Used and available resources, as bars."""
    bars = [
        bar(
            item.name,
            [(item.used / item.available, "var(--fill)")],
            f"{item.used:,} of {item.available:,}, {item.used / item.available:.0%}",
        )
        for item in items
    ]
    return section("Resources", *bars)


def timing(clocks: Sequence[Timing], path: Sequence[Segment]) -> str:
    """Clocks, and the critical path by module."""
    bars = []
    for clock in clocks:
        share = clock.wanted / clock.achieved
        hue = "var(--good)" if share <= 1 else "var(--bad)"
        text = f"{clock.wanted:.1f} of {clock.achieved:.1f} MHz"
        bars.append(bar(clock.clock, [(share, hue)], text))
    if not path:
        return section("Timing", *bars)
    total = sum(part.logic + part.routing for part in path)
    routing = sum(part.routing for part in path)
    parts = [
        bar(
            _short(part.start) + ("" if part.start == part.end else f" → {_short(part.end)}"),
            [(part.logic / total, _LOGIC), (part.routing / total, _ROUTING)],
            f"{part.logic + part.routing:.2f} ns, {part.cells} cells",
        )
        for part in path
    ]
    legend = (
        f"<p>The critical path takes {total:.2f} ns, {routing / total:.0%} of it on wires. "
        f"{colour(_LOGIC)}cells &nbsp;{colour(_ROUTING)}wires</p>"
    )
    return section("Timing", *bars, "<h3>Critical path</h3>", legend, *parts)


def modules(cells: list[PlacedCell], kinds: Sequence[str]) -> str:
    """Share of each module and its place on the device, in the same colours."""
    by_block = resources_by_block(cells)
    main = kinds[0]
    weights = {name: float(sum(amounts.values())) for name, amounts in by_block.items()}
    owner = groups(weights, len(PALETTE))
    sums: dict[str, Counter[str]] = {}
    for name, group in owner.items():
        sums.setdefault(group, Counter()).update(by_block[name])
    hues = dict(zip(sums, PALETTE, strict=False))
    if OTHERS in hues:
        hues[OTHERS] = PALETTE[-1]
    total: Counter[str] = Counter()
    for amounts in sums.values():
        total.update(amounts)
    total.update(dict.fromkeys(kinds, 0))
    bars = [
        bar(_short(name), [(amounts[main] / max(total[main], 1), hues[name])],
            f"{amounts[main] / max(total[main], 1):.1%} of {main}")
        for name, amounts in sums.items()
    ]  # fmt: skip
    rows = [
        (_short(name), *(f"{amounts[kind]:,}" for kind in kinds)) for name, amounts in sums.items()
    ]
    every = [
        (name, *(f"{amounts[kind]:,}" for kind in kinds))
        for name, amounts in sorted(by_block.items())
    ]
    table = columns(("module", *kinds), rows, list(hues.values()))
    picture = floorplan(cells, owner.__getitem__, hues)
    note = (
        '<p class="soft">One square is one tile of the device, in the colour of the module with '
        "most cells in it; multipliers and block RAMs have a dark edge.</p>"
    )
    everything = details("every module", columns(("module", *kinds), every))
    return section("Modules", *bars, table, everything) + section("Floorplan", picture, note)


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
        bar(_short(key[0]), [(bits[key] / total, "var(--fill)")], f"{bits[key] / 8192:,.1f} KiB")
        for key in ordered[:6]
    ]
    return section(
        "Memories",
        f"<p>{total / 8192:,.1f} KiB in {sum(count.values())} memories.</p>",
        *largest,
        details("every memory", columns(("memory", "words × bits", "KiB"), rows)),
    )


def build(
    seconds: Mapping[str, float], kept: Sequence[str], seeds: Mapping[int, float],
    tools: Mapping[str, str],
) -> str:  # fmt: skip
    """Steps, seeds, tools."""
    steps = [
        (name, f"{value:,.1f} s", "kept from an earlier build" if name in kept else "")
        for name, value in seconds.items()
    ]
    parts = [columns(("step", "time", ""), steps)]
    if len(seeds) > 1:
        rows = [(str(seed), f"{margin:.1%}") for seed, margin in seeds.items()]
        parts.append(columns(("seed", "reached, of the wanted clock"), rows))
    parts.append(columns(("tool", "version"), list(tools.items())))
    return section("Build", *parts)


def _short(name: str) -> str:
    """A module's name without the common prefix."""
    for prefix in ("system.core.", "system."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return {"": "top", "system": "link and core", "system.core": "core"}.get(name, name)
