"""What a fit found: the best engines as a table, or why there is none."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from lls_hw.contract.memories import Memory
from lls_hw.errors import LlsError
from lls_hw.fit.candidates import Candidate
from lls_hw.fit.search import FREE, Fitted, Search
from lls_hw.program.fit import limits
from lls_hw.tools.html import counted

__all__ = ["NothingFits", "engines", "explained", "notes"]

_REMEDIES = {
    Memory.WEIGHT: "fewer weights: fewer outputs, or averages before the fully connected layers",
    Memory.ACTIVATION: "smaller maps or a smaller batch: pooling or stride earlier",
    Memory.IMAGE: "smaller images or a smaller batch",
    Memory.LATENT: "fewer cells or a smaller batch",
    Memory.SIGN: "fewer channels in the first layers, or a smaller batch",
}
"""What a network can do about each memory."""


class NothingFits(LlsError):
    """No engine that trains the networks fits the device."""


def engines(search: Search, found: Sequence[Fitted]) -> Table:
    """A row for each engine."""
    heads = ["", "array", "lanes", "SDRAM", "batch", "samples/s", "engine alone", "utilisation",
             *search.usable, "limited by"]  # fmt: skip
    what = f"{search.board.title} {search.variant} at {search.frequency:g} MHz"
    table = Table(*heads, title=escape(what))
    for column in table.columns[1:-1]:
        column.justify = "right"
    for number, fitted in enumerate(found, 1):
        one = fitted.candidate
        shares = [
            f"{fitted.resources.get(kind, 0):,} ({fitted.resources.get(kind, 0) / count:.0%})"
            for kind, count in search.flow.capacity.items()
        ]
        table.add_row(
            str(number),
            f"{one.config.rows} x {one.config.cols}",
            str(one.config.lanes),
            _outside(one),
            _each([str(program.batch) for program in one.programs]),
            _each([f"{rate:,.0f}" for rate in one.rates]),
            _each([f"{rate.engine:,.0f}" for rate in one.speeds]),
            _each([f"{program.utilisation:.0%}" for program in one.programs]),
            *shares,
            _limits(search, fitted),
        )
    return table


def notes(search: Search, found: Sequence[Fitted]) -> str:
    """What the table takes for granted."""
    networks = ", ".join(network.name for network in search.target.networks)
    several = f" Figures are those of {networks}." if len(search.target.networks) > 1 else ""
    return (
        "Cycles are exact. Cells are estimated, the logic within about 4 %: "
        f"{100 * FREE:.0f} % of it stays free for that and for the wires. Samples a second are "
        "what engine and line let through, with an SDRAM of samples that are stored there."
        f"{several}"
    )


def explained(search: Search) -> NothingFits:
    """Which resource is short, by how much, and what change of the network would do."""
    names = " and ".join(repr(network.name) for network in search.target.networks)
    near = search.nearest
    if near is None:
        return NothingFits(f"No engine was found for {names}; give fewer networks.")
    one = near.candidate
    short = ", ".join(
        f"{near.resources.get(kind, 0):,} {kind} of {search.usable[kind]:,} that may be used "
        f"({near.resources.get(kind, 0) - search.usable[kind]:,} too many)"
        for kind in search.excess(near)
    )
    return NothingFits(
        f"No engine on the {search.board.title} {search.variant} trains {names}: the nearest, "
        f"{one.config.rows} x {one.config.cols} with batch {_each(_batches(one))}, needs {short}. "
        f"{_remedy(search, near)}"
    )


def _remedy(search: Search, near: Fitted) -> str:
    """What would help."""
    if search.excess(near).keys() - {"BRAM"}:
        return "Even the smallest engine has too much logic: take a larger device."
    bits: dict[str, int] = {}
    for program in near.candidate.programs:
        for use in limits(program.plan):
            if use.name in _REMEDIES:
                bits[use.name] = max(bits.get(use.name, 0), use.used * _width(near, use.name))
    largest = max(bits, key=lambda name: bits[name])
    share = bits[largest] / sum(bits.values())
    known = next(memory for memory in _REMEDIES if memory == largest)
    sdram = "" if search.chip else " Or take a board with an SDRAM."
    return f"{share:.0%} of the memory is {largest}; {_REMEDIES[known]} would help.{sdram}"


def _width(near: Fitted, name: str) -> int:
    """Bits of a word of a memory."""
    config = near.candidate.config
    return {
        Memory.WEIGHT: config.cols * config.weight_bits,
        Memory.ACTIVATION: 8 * config.act_word,
        Memory.IMAGE: 32 * config.image_channels,
        Memory.LATENT: 36 * config.cols,
        Memory.SIGN: config.cols,
    }[Memory(name)]


def _limits(search: Search, fitted: Fitted) -> str:
    """What keeps the networks from being faster, and the fullest resource."""
    one = fitted.candidate
    slow = dict.fromkeys(
        rate.stored_limit if rate.stored and rate.stored > rate.samples else rate.limit
        for rate in one.speeds
    )
    shares = {
        kind: fitted.resources.get(kind, 0) / most for kind, most in search.usable.items() if most
    }
    fullest = max(shares, key=lambda kind: shares[kind])
    return f"{' and '.join(str(item) for item in slow)}; {fullest}"


def _outside(one: Candidate) -> str:
    """What the SDRAM holds."""
    if not one.config.external_depth:
        return "–"
    layers = sum(layer.outside for program in one.programs for layer in program.layers)
    return counted(layers, "layer") if layers else "samples"


def _batches(one: Candidate) -> list[str]:
    return [str(program.batch) for program in one.programs]


def _each(values: Sequence[str]) -> str:
    """One figure for each network, or one for all."""
    return values[0] if len(set(values)) == 1 else " / ".join(values)
