"""``python -m lls_hw.paper.costs``: products and memory of training with each rule."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from lls_hw.errors import LlsError
from lls_hw.paper.accounting import Optimiser, macs, memory
from lls_hw.paper.cost_report import (
    CASES,
    Case,
    Rows,
    draw,
    engine_table,
    memory_table,
    rule_table,
    step_table,
)
from lls_hw.paper.networks import RecipeError
from lls_hw.paper.rules import RULES, rule
from lls_hw.tools.arguments import Parser, complete, count, described, whole
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.files import replace_file
from lls_hw.tools.page import check_region, fill, markdown_table
from lls_hw.tools.results import check_outputs, check_picture

__all__ = ["main", "page", "parser", "tables"]

PROGRAM = "python -m lls_hw.paper.costs"

_IMAGES, _CLASSES = (3, 32, 32), 10
"""Of a single network, unless the options say otherwise."""
_OPTIMISERS = {optimiser.title: optimiser for optimiser in Optimiser}


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add("--model", help="a single network, such as vgg8 (default: those of the paper)")
    add("--input", type=_shape, metavar="C,H,W", help=f"its images (default: {_shown(_IMAGES)})")
    classes = f"its classes (default: {_CLASSES})"
    add("--classes", type=whole(2, "number of classes"), metavar="N", help=classes)
    rules = add("--rule", default=",".join(RULES), metavar="A,B", help="rules (default: all)")
    complete(rules, RULES)
    add("--batch", type=count, default=128)
    add("--optimiser", choices=list(_OPTIMISERS), default=Optimiser.ADAMW_SCHEDULE_FREE.title)
    add("--markdown", action="store_true", help="print tables as Markdown")
    add("--page", type=Path, metavar="F", help="fill the region `costs` of a page")
    add("--plot", type=Path, metavar="F", help="draw them (PNG, SVG)")
    add("--json", type=Path, metavar="F", help="write all counts to a file")
    return options


def _shape(text: str) -> tuple[int, int, int]:
    """As argparse's `type`: the sizes of an image."""
    words = text.split(",")
    if len(words) != len(_IMAGES):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size of images; give channels, height and width, such as "
            f"{_shown(_IMAGES)}."
        )
    channels, height, width = map(count, words)
    return channels, height, width


def _shown(shape: tuple[int, int, int]) -> str:
    return ",".join(map(str, shape))


def _show(console: Console, title: str, rows: Rows) -> None:
    """Prints a table whose first row is its head; splits it if the terminal is too narrow."""
    widths = [max(map(cell_len, column)) + 3 for column in zip(*rows, strict=True)]
    parts: list[list[int]] = [[0]]
    for k in range(1, len(widths)):
        if sum(widths[i] for i in (*parts[-1], k)) + 1 > console.width and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(k)
    for part in parts:
        table = Table(*(rows[0][k] for k in part), title=title)
        for row in rows[1:]:
            table.add_row(*(row[k] for k in part))
        console.print(table)


def _counts(cases: tuple[Case, ...], names: list[str], optimiser: Optimiser) -> dict[str, object]:
    """Exact numbers for --json."""
    return {
        str(case): {
            name: {
                "macs": asdict(macs(case.plan, rule(name), optimiser)),
                "memory": asdict(memory(case.plan, rule(name), optimiser)),
            }
            for name in names
        }
        for case in cases
    }


def tables(
    cases: tuple[Case, ...], names: list[str], batch: int, optimiser: Optimiser, every: bool
) -> dict[str, Rows]:
    """All tables by title; the one with a row for each rule of `every` case, or of the first."""
    found = {
        "Products of a training step, per sample": step_table(cases),
        f"Memory, LLS / BP, {optimiser.title}": memory_table(cases, optimiser),
    }
    for case in cases if every else cases[:1]:
        title = f"{case}, batch {batch}, {optimiser.title}: products a sample, numbers kept"
        found[title] = rule_table(case, names, batch, optimiser)
    found["The accelerator: cycles of a training step"] = engine_table()
    return found


def page(tables: dict[str, Rows]) -> str:
    """The tables as Markdown."""
    return "\n".join(f"**{title}**\n\n{markdown_table(rows)}" for title, rows in tables.items())


def _run(args: argparse.Namespace, console: Console) -> None:
    check_outputs(args.json)
    check_picture(args.plot)
    if args.page:
        check_region(args.page, "costs")
    cases: tuple[Case, ...] = CASES
    if args.model:
        images, classes = args.input or _IMAGES, args.classes or _CLASSES
        cases = (Case(model=args.model, input=images, classes=classes),)
    elif args.input or args.classes:
        raise RecipeError("--input and --classes are for one --model; name it, or leave them out.")
    names, optimiser = args.rule.split(","), _OPTIMISERS[args.optimiser]
    found = tables(cases, names, args.batch, optimiser, every=bool(args.model))
    if args.markdown:
        print(page(found))
    else:
        for title, rows in found.items():
            _show(console, title, rows)
    if args.page:
        fill(args.page, "costs", page(found))
    try:
        if args.json:
            counts = _counts(cases, names, optimiser)
            replace_file(args.json, json.dumps(counts, indent=1) + "\n")
        if args.plot:
            draw(args.plot, cases)
    except OSError as error:
        raise LlsError(f"{error.filename} cannot be written ({error.strerror}).") from error


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    return exit_status(lambda: _run(args, Console()))


if __name__ == "__main__":
    sys.exit(main())
