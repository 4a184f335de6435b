"""The page of an exploration: charts with the Pareto front, all points, failures, estimates."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from lls_hw.explore.refit import Refit
from lls_hw.explore.rows import MEASURES, Measure, Row, measures
from lls_hw.tools.html import cards, code, counted, details, page, pairs, section, table
from lls_hw.tools.scatter import Axis, Dot, scatter, scatter_legend

__all__ = ["explored_page"]

_LOGIC = ("LUT", "LC")
"""Kinds that are a measure already."""


def explored_page(
    title: str, command: str, rows: Sequence[Row], fits: Sequence[Refit],
    trainings: Mapping[str, str],
) -> str:  # fmt: skip
    """One HTML file without anything outside it. `trainings` are sentences of those that failed."""
    built = [row for row in rows if row.report]
    wanted = measures(built)
    failed = {row.point.title: row.error or "" for row in rows if row.error}
    waiting = sum(not row.report and not row.error for row in rows)
    body = [_summary(rows, built, wanted), code(command)]
    if waiting:
        body.append(f"<p>{counted(waiting, 'point')} not built yet.</p>")
    if built:
        body += [_charts(built, wanted), _front(built, wanted), _points(built, wanted)]
    body += [
        section("Failures", pairs(failed | dict(trainings))) if failed or trainings else "",
        _estimates(fits),
        _commands(built),
    ]
    return page(title, body)


def _summary(rows: Sequence[Row], built: Sequence[Row], wanted: Sequence[Measure]) -> str:
    facts = [
        ("points", f"{len(rows)}"),
        ("built", f"{len(built)}"),
        ("failed", f"{sum(row.error is not None for row in rows)}"),
        ("on the front", f"{sum(row.front for row in built)}"),
    ]
    for one in wanted:
        values = [value for row in built if (value := one.value(row)) is not None]
        if values:
            best = max(values, key=lambda value: one.sign * value)
            facts.append((f"{'best' if one.sign > 0 else 'fewest'} {one.name}", one.text(best)))
    return cards(facts)


def _charts(built: Sequence[Row], wanted: Sequence[Measure]) -> str:
    """Each pair of measures in which the points differ; size lies across."""
    varied = [one for one in wanted if len({one.value(row) for row in built}) > 1]
    varied = varied if len(varied) > 1 else list(wanted[:2])
    logic = MEASURES["logic"]
    charts = []
    for one, other in combinations(varied, 2):
        across, up = (other, one) if other is logic else (one, other)
        dots = [
            Dot(
                across.value(row) or 0.0,
                up.value(row) or 0.0,
                _said(row, wanted),
                row.front,
                row.point.engine,
            )
            for row in built
        ]
        titled = f"{up.name.partition(',')[0]} and {across.name.partition(',')[0]}"
        charts.append(scatter(titled, _axis(across), _axis(up), dots))
    return section(
        "Pareto front",
        f"<p>No other point is at least as good in {_listed(wanted)}, and better in one of them, "
        "as a point on the front.</p>",
        scatter_legend("on the front", "beaten by another"),
        f'<div class="charts">{"".join(charts)}</div>',
    )


def _axis(one: Measure) -> Axis:
    return Axis(one.name, _short)


def _short(value: float) -> str:
    """A tick's number: 20k rather than 20,000."""
    return f"{value / 1000:,.4g}k" if abs(value) >= 10_000 else f"{value:,.5g}"


def _said(row: Row, wanted: Sequence[Measure]) -> str:
    shown = [f"{one.text(one.value(row) or 0.0)} {one.name}" for one in wanted]
    return f"{row.point.title}: {', '.join(shown)}"


def _listed(wanted: Sequence[Measure]) -> str:
    names = [one.name.partition(",")[0] for one in wanted]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _points(built: Sequence[Row], wanted: Sequence[Measure]) -> str:
    """All of them, the fastest first."""
    return section(
        "All points",
        "<p>The fastest first, of equal ones the smallest.</p>",
        _table(built, wanted),
    )


def _front(built: Sequence[Row], wanted: Sequence[Measure]) -> str:
    """Those of the front alone, where that says more than the whole table."""
    chosen = [row for row in built if row.front]
    if len(chosen) == len(built):
        return ""
    return section("On the front", _table(chosen, wanted, mark=False))


def _table(rows: Sequence[Row], wanted: Sequence[Measure], mark: bool = True) -> str:
    kinds = list(dict.fromkeys(name for row in rows for name in (row.report or {})["resources"]))
    more = [kind for kind in kinds if kind not in _LOGIC]
    asked = MEASURES["clock"] not in wanted
    heads = ["engine", *["front"] * mark, "seed", *["MHz"] * asked]
    heads += [*(one.name for one in wanted), *more, "fullest"]
    ordered = sorted(rows, key=lambda row: [-one.sign * (one.value(row) or 0.0) for one in wanted])
    lines = [
        [
            row.point.engine,
            *["■" if row.front else ""] * mark,
            str(row.point.seed),
            *[f"{row.point.frequency:g}"] * asked,
            *(_text(one, row) for one in wanted),
            *(f"{row.used(kind) or 0:,}" for kind in more),
            _fullest(row),
        ]
        for row in ordered
    ]
    return table(heads, lines)


def _text(one: Measure, row: Row) -> str:
    value = one.value(row)
    return "" if value is None else one.text(value)


def _fullest(row: Row) -> str:
    """The resource of which least is left, and how much of it is used."""
    items = (row.report or {})["resources"].items()
    name, item = max(items, key=lambda pair: pair[1]["used"] / pair[1]["available"])
    return f"{name} {item['used'] / item['available']:.0%}"


def _estimates(fits: Sequence[Refit]) -> str:
    """How far the estimate of a build without synthesis is off, and what fits better."""
    parts = []
    for fit in fits:
        heads = [
            "engine",
            f"{fit.kind}, error of the estimate",
            *["after the fit"] * bool(fit.after),
        ]
        after = [[f"{value:+.1%}"] for value in fit.after] or [[]] * len(fit.names)
        rows = [
            [name, f"{before:+.1%}", *rest]
            for name, before, rest in zip(fit.names, fit.before, after, strict=True)
        ]
        factors = ", ".join(f"{value:g} of {key}" for key, value in fit.factors.items())
        parts.append(table(heads, rows))
        if factors:
            parts.append(f'<p class="soft">{fit.kind} fitted to these engines: {factors}.</p>')
    return section("Estimates", *parts)


def _commands(built: Sequence[Row]) -> str:
    """What builds the points of the front again, alone."""
    lines = "".join(code(row.point.command) for row in built if row.front)
    return section("Build one of them", details("commands of the front", lines)) if lines else ""
