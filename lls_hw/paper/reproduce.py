"""``python -m lls_hw.paper.reproduce``: trains the cells of the paper's tables and draws them."""

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lls_hw.datasets.names import DATA_NAMES, Dataset, load_data
from lls_hw.paper.cells import TABLES, Cell, cells_of, published_epochs
from lls_hw.paper.networks import RecipeError, network_names
from lls_hw.paper.optimiser import LEARNING_RATE
from lls_hw.paper.recipes import recipe_for
from lls_hw.paper.report import page, write_report
from lls_hw.paper.results import ResultFile, load_results
from lls_hw.paper.rules import RULES
from lls_hw.paper.training import run_cell
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.page import fill

__all__ = ["main"]

Loader = Callable[[str, int | None], Dataset]
"""Data set of a name and size of its pictures."""


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lls_hw.paper.reproduce", description=__doc__)
    add = parser.add_argument
    add("--table", type=int, choices=sorted(TABLES), help="table of the paper")
    add("--data", type=_names, metavar="A,B", help=f"of {', '.join(DATA_NAMES)}")
    add(
        "--model",
        type=_names,
        metavar="A,B",
        help=f"of {', '.join(network_names())} or mlp-100-50 and the like",
    )
    add("--rule", type=_names, metavar="A,B", help=f"of {', '.join(RULES)}")
    add("--epochs", type=int, metavar="E", help="(default: the paper's, 100 or 300)")
    add("--seeds", type=int, default=1, metavar="S", help="runs a cell, with seeds 0..S-1")
    add("--batch", type=int, default=128)
    add("--learning-rate", type=float, default=LEARNING_RATE)
    add(
        "--augment",
        choices=("published", "none"),
        default="published",
        help="crops, mirror images and erasing as published, or none",
    )
    add("--limit", type=int, metavar="N", help="train on the first N images only")
    add(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="folder with the data sets' official files, or with a folder for each data set",
    )
    add("--download", action="store_true", help="get missing files into --data-dir")
    add("--device", default="cpu", help="cpu, cuda or cuda:N")
    add(
        "--out",
        type=Path,
        default=Path("build/reproduce"),
        metavar="DIR",
        help="results and states; what is there already is continued",
    )
    add("--report", action="store_true", help="only draw what --out holds")
    add("--page", type=Path, metavar="F", help="write the tables into a page of documentation")
    return parser


def _device(name: str) -> str:
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise RecipeError(f"--device {name}: PyTorch sees no GPU here; use --device cpu.")
    if name != "cpu" and not name.startswith("cuda"):
        raise RecipeError(f"--device {name!r} is neither cpu nor cuda.")
    return name


def _run(args: argparse.Namespace, console: Console) -> list[ResultFile]:
    """All cells, one after the other."""
    cells = cells_of(
        args.table, args.data, args.model, args.rule, list(range(args.seeds)),
        batch=args.batch, learning_rate=args.learning_rate,
        augment=args.augment == "published", limit=args.limit,
    )  # fmt: skip
    device = _device(args.device)
    load = cache(lambda name, size: load_data(name, args.data_dir, args.download, size))
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[info]}"), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, refresh_per_second=2) as progress:
        for number, cell in enumerate(cells, 1):
            epochs = args.epochs or published_epochs(cell.data, cell.model)
            result = _run_cell(args, cell, epochs, device, load, progress)
            best = max(result.accuracy())
            console.print(
                f"{number}/{len(cells)} {cell.name}: {len(result.epochs)} epochs, test accuracy "
                f"{result.accuracy()[-1]:.2%}, best {best:.2%}", highlight=False, soft_wrap=True,
            )  # fmt: skip
    return load_results(args.out)


def _run_cell(
    args: argparse.Namespace, cell: Cell, epochs: int, device: str, load: Loader,
    progress: Progress,
) -> ResultFile:  # fmt: skip
    """One cell, with a bar an epoch."""
    bar = progress.add_task(cell.name, total=None, info="")
    epoch = 0

    def show(step: int, steps: int, info: str) -> None:
        nonlocal epoch
        epoch += step == 1
        progress.update(bar, completed=step, total=steps, info=info)

    size = recipe_for(cell.data, cell.model).resize
    try:
        return run_cell(
            cell, lambda: load(cell.data, size), args.out, epochs, show, device,
            _command(args.data_dir),
        )  # fmt: skip
    finally:
        progress.remove_task(bar)


def _command(folder: Path | None) -> str:
    """The command line, with DIR for the data folder, which is another one elsewhere."""
    words = ("DIR" if word == str(folder) else word for word in sys.argv[1:])
    return " ".join(["python -m lls_hw.paper.reproduce", *words])


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    args = _parser().parse_args(argv)
    console = Console()

    def job() -> None:
        if args.seeds < 1 or (args.epochs is not None and args.epochs < 1):
            raise RecipeError("--seeds and --epochs must be at least 1.")
        results = load_results(args.out) if args.report else _run(args, console)
        for path in write_report(results, args.out):
            console.print(f"wrote {path}", highlight=False)
        if args.page:
            fill(args.page, "results", page(results))

    return exit_status(job, "Interrupted; the same command goes on after the last epoch.")


if __name__ == "__main__":
    sys.exit(main())
