"""Paths that miss a clock, in groups: `python bench/slow_paths.py FILE.sdf MHZ [--paths N]`.

nextpnr reports one critical path; the next build shows the next one. This reads the delays of all
cells and wires, which nextpnr writes with `--sdf`, and lists every endpoint that is too slow, those
with the same beginning and end (but for numbers) as one line: slack in ns, endpoints, cells on the
way of the worst. With --paths the N worst are written out.
"""

import argparse
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

_CLOCKS = frozenset({"CLK", "CLK0", "CLKA", "CLKB", "CLKI"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PATH = re.compile(r"\((IOPATH|INTERCONNECT) (\((?:pos|neg)edge (\S+)\)|\S+) (\S+) (\(.*)\)$")
_CHECK = re.compile(r"\(SETUPHOLD (?:\(\w+ )?([^\s)]+)\)? .*? (\([^)]*\)) \([^)]*\)\)$")
_MAPPED = re.compile(r"_(?:TRELLIS_FF|LUT4|PFUMX|CCU2C|L6MUX21)_.*|\[\d+\].*")


@dataclass
class Delays:
    """All delays of a placed and routed design, in ps."""

    arcs: dict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    """Of each pin: the pins before it, and the delays from there."""
    starts: dict[str, float] = field(default_factory=dict)
    """Outputs of registers and memories: clock to output."""
    setups: dict[str, float] = field(default_factory=dict)
    """Inputs of registers and memories: setup time."""
    arrivals: dict[str, tuple[float, str | None]] = field(default_factory=dict)
    """When a signal is there, and from which pin it comes."""


def read(file: Path) -> Delays:
    """The delays in nextpnr's SDF."""
    delays, instance = Delays(), ""
    for line in map(str.strip, file.read_text("utf-8").splitlines()):
        if line.startswith("(INSTANCE"):
            instance = line[len("(INSTANCE") :].strip(" )").replace("\\", "")
        elif match := _PATH.match(line):
            kind, source, edge, target, values = match.groups()
            worst = max(map(float, _NUMBER.findall(values)))
            if kind == "INTERCONNECT":
                delays.arcs[target.replace("\\", "")].append((source.replace("\\", ""), worst))
            elif edge or source in _CLOCKS:
                delays.starts[f"{instance}/{target}"] = worst
            else:
                delays.arcs[f"{instance}/{target}"].append((f"{instance}/{source}", worst))
        elif match := _CHECK.match(line):
            worst = max(map(float, _NUMBER.findall(match[2])))
            delays.setups[f"{instance}/{match[1]}"] = worst
    return delays


def arrival(delays: Delays, pin: str) -> float:
    """When the signal at a pin is there; minus infinity for constants and inputs of the chip."""
    found, todo = delays.arrivals, [pin]
    while todo:
        this = todo[-1]
        before = [] if this in delays.starts else delays.arcs.get(this, [])
        missing = [source for source, _ in before if source not in found]
        if this not in found and missing:
            todo += missing
            continue
        todo.pop()
        if this in delays.starts:
            found[this] = delays.starts[this], None
        else:
            times = [(found[source][0] + delay, source) for source, delay in before]
            found[this] = max(times, default=(float("-inf"), None))
    return found[pin][0]


def path(delays: Delays, pin: str) -> list[str]:
    """Pins from an endpoint back to where its latest signal begins."""
    pins: list[str] = []
    step: str | None = pin
    while step:
        pins.append(step)
        step = delays.arrivals[step][1]
    return pins


def _name(pin: str) -> str:
    """A pin's signal, with # for numbers: signals of the same name belong together."""
    return re.sub(r"\d+", "#", _MAPPED.sub("", pin.replace("system.core.", "")))


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("mhz", type=float)
    parser.add_argument("--paths", type=int, default=0)
    args = parser.parse_args()
    delays, period = read(args.file), 1e6 / args.mhz
    slacks = sorted((period - arrival(delays, p) - setup, p) for p, setup in delays.setups.items())
    late = [(slack, pin) for slack, pin in slacks if slack < 0]
    print(f"{len(late):,} of {len(slacks):,} endpoints miss {args.mhz:g} MHz.")
    groups: dict[tuple[str, str], list[float]] = {}
    cells: dict[tuple[str, str], int] = {}
    for slack, pin in late:
        pins = path(delays, pin)
        key = _name(pins[-1]), _name(pin)
        groups.setdefault(key, []).append(slack)
        cells.setdefault(key, (len(pins) - 2) // 2)
    for (begin, end), values in groups.items():
        print(f"{values[0] / 1000:7.2f} {len(values):5} {cells[begin, end]:3}  {begin} -> {end}")
    for slack, pin in late[: args.paths]:
        print(f"\n{slack / 1000:.2f} ns")
        for step in path(delays, pin):
            print(f"{delays.arrivals[step][0] / 1000:8.2f}  {step}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
