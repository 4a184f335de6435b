"""The whole page of one build."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lls_hw.bitstream.critical_path import critical_path
from lls_hw.bitstream.page import sections
from lls_hw.bitstream.page.networks import network
from lls_hw.bitstream.placement import read_placement
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.rtlil import contents
from lls_hw.contract.config import Config
from lls_hw.contract.usb import link_name, link_text
from lls_hw.program.compiler import Program
from lls_hw.program.speed import speed
from lls_hw.tools.html import cards, code, page, section, words

__all__ = ["Facts", "write_page"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Results of a build."""

    title: str
    device: str
    config: Config
    frequency: float
    """Clock of the engine, MHz."""
    baud: int
    command: str
    resources: Sequence[Resource]
    timing: Sequence[Timing] = ()
    programs: Sequence[Program] = ()
    """Networks whose cycles the page shows."""
    bels: Mapping[str, str] = field(default_factory=dict)
    """The placer's names for the kinds of resources."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    kept: Sequence[str] = ()
    seeds: Mapping[int, float] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    following: tuple[str, Sequence[str]] = ("", ())
    """What to do next: a sentence, and commands."""


def write_page(facts: Facts, folder: Path) -> None:
    """Writes report.html from the facts, from the folder's top.il and, if they exist, from its
    timing.json and placed.json."""
    config = facts.config
    body = [
        f'<p class="soft">{words(facts.device)}, {config.rows} × {config.cols} array</p>',
        _summary(facts),
        code(facts.command),
        sections.resources(facts.resources),
        sections.timing(facts.timing, critical_path(_read(folder / "timing.json"))),
    ]
    if facts.bels and (folder / "placed.json").exists():
        cells = read_placement(folder / "placed.json", facts.bels)
        body.append(sections.modules(cells, list(facts.bels)))
    body.append(sections.memories(contents((folder / "top.il").read_text("utf-8"))))
    if facts.programs:
        shown = (network(program, facts.frequency, facts.baud) for program in facts.programs)
        body.append(section("Networks", *shown))
    if facts.following[1]:
        body.append(sections.following(*facts.following))
    body.append(sections.build(facts.seconds, facts.kept, facts.seeds, facts.tools))
    (folder / "report.html").write_text(page(facts.title, body), "utf-8")


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _summary(facts: Facts) -> str:
    """The most important numbers: what limits training with each network among them."""
    peak = facts.config.macs_per_cycle * facts.frequency / 1000
    shown = []
    for program in facts.programs:
        rate = speed(program, facts.frequency, facts.baud)
        limited = f"{program.network.name}, limited by the {rate.limit}"
        shown.append((limited, f"{rate.samples:,.0f} samples/s"))
        shown.append(("engine alone", f"{rate.engine:,.0f} samples/s"))
        shown.append((f"{rate.line_name} alone", f"{rate.link:,.0f} samples/s"))
        if rate.stored:
            stored = f"of stored samples, limited by the {rate.stored_limit}"
            shown.append((stored, f"{rate.stored:,.0f} samples/s"))
    if not facts.programs:
        line = f"{link_name(facts.baud)} (--network says what limits)"
        shown.append((line, link_text(facts.baud)))
    shown += [("clock", f"{facts.frequency:g} MHz"), ("peak", f"{peak:.2f} GMAC/s")]
    if facts.timing:
        slowest = min(facts.timing, key=lambda clock: clock.achieved / clock.wanted)
        shown.append(("reached", f"{slowest.achieved:.1f} MHz"))
    fullest = max(facts.resources, key=lambda item: item.used / item.available)
    shown.append((f"fullest: {fullest.name}", f"{fullest.used / fullest.available:.0%}"))
    return cards(shown)
