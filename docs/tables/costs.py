"""The paper's tables and costs, as `lls_hw.paper` makes them."""

from docs.tables.source import RESULTS
from lls_hw.paper import report
from lls_hw.paper.accounting import Optimiser, macs
from lls_hw.paper.cost_report import CASES
from lls_hw.paper.costs import page, tables
from lls_hw.paper.networks import network
from lls_hw.paper.results import load_results
from lls_hw.paper.rules import RULES, rule
from lls_hw.tools.page import markdown_table

__all__ = ["classes", "costs", "results"]

CLAIM = 300
"""Times fewer products for the learning signal, by the paper."""


def costs() -> str:
    """What `python -m lls_hw.paper.costs` counts."""
    return page(tables(CASES, list(RULES), 128, Optimiser.ADAMW_SCHEDULE_FREE, every=False))


def results() -> str:
    """What `python -m lls_hw.paper.reproduce` has trained."""
    return report.page(load_results(RESULTS / "reproduce"))


def classes() -> str:
    """Up to how many classes the claim is true of each network."""
    rows = [["network", f"classes up to which the signal has {CLAIM} times fewer products"]]
    for model, size in dict.fromkeys((case.model, case.input) for case in CASES):
        most = 1
        while _ratio(model, size, most + 1) >= CLAIM:
            most += 1
        channels, height, width = size
        shown = f"{most:,}" if most > 1 else "none"
        rows.append([f"{model} {height}x{width}x{channels}", shown])
    return markdown_table(rows)


def _ratio(model: str, size: tuple[int, int, int], count: int) -> float:
    plan = network(model).plan(size, count)
    return macs(plan, rule("bp")).signal / macs(plan, rule("lls-square")).signal
