"""The estimate of cells against what was built, before and after it is fitted to that."""

from collections.abc import Sequence
from dataclasses import dataclass

from lls_hw.bitstream.estimate import coefficients
from lls_hw.bitstream.fitting import KINDS, PACKED, Sample, error, fitted
from lls_hw.explore.rows import Row

__all__ = ["Refit", "refit", "samples"]


@dataclass(frozen=True, kw_only=True)
class Refit:
    """One kind of cell."""

    kind: str
    names: Sequence[str]
    """Of the engines."""
    before: Sequence[float]
    """Relative error of each engine's estimate, as `--estimate-only` makes it."""
    after: Sequence[float]
    """The same with the new coefficients; empty where the engines are too few."""
    factors: dict[str, float]


def samples(family: str, rows: Sequence[Row]) -> list[Sample]:
    """Each engine that was built, once: its cells hardly depend on seed and clock.

    Where the estimate is one of packed cells, only engines that were placed count.
    """
    found: dict[str, Sample] = {}
    for row in rows:
        if row.report and (row.report["clocks"] or family not in PACKED):
            used = {kind: item["used"] for kind, item in row.report["resources"].items()}
            name = row.point.engine
            found.setdefault(name, Sample(name, row.report["features"], used))
    return list(found.values())


def refit(family: str, found: Sequence[Sample]) -> list[Refit]:
    """Each kind of cell of a family; nothing without engines. With fewer engines than
    coefficients and one more there is nothing to fit."""
    results = []
    for kind, keys in KINDS[family].items():
        known = [sample for sample in found if sample.used.get(kind)]
        now = coefficients(family).get(kind)
        if not known or now is None:
            continue
        factors = fitted(known, kind, keys) if len(known) > len(keys) else {}
        results.append(
            Refit(
                kind=kind,
                names=[sample.name for sample in known],
                before=[error(sample, kind, now) for sample in known],
                after=[error(sample, kind, factors) for sample in known] if factors else [],
                factors=factors,
            )
        )
    return results
