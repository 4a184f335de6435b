"""``python -m lls_hw.paper.reproduce``: trains the cells of the paper's tables and draws them."""

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lls_hw.datasets.names import DATA_NAMES, Dataset, known_name, load_data
from lls_hw.paper.cells import LEARNING_RATE, TABLES, Cell, cells_of, published_epochs
from lls_hw.paper.networks import RecipeError, network_names
from lls_hw.paper.rules import RULES
from lls_hw.tools.arguments import Parser, complete, count, described, positive, whole
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.packages import require
from lls_hw.tools.page import check_region, fill
from lls_hw.tools.results import check_matplotlib

if TYPE_CHECKING:
    from lls_hw.paper.results import ResultFile

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.paper.reproduce"

Loader = Callable[[str, int | None], Dataset]
"""Loads the data set of a name with pictures of a size."""


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _data_names(text: str) -> list[str]:
    return [known_name(name) for name in _names(text)]


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add("--table", type=int, choices=sorted(TABLES), help="table of the paper")
    data = f"data sets: {', '.join(DATA_NAMES)}"
    complete(add("--data", type=_data_names, metavar="A,B", help=data), DATA_NAMES)
    models = f"networks: {', '.join(network_names())}, or mlp-100-50 and the like"
    complete(add("--model", type=_names, metavar="A,B", help=models), network_names())
    rules = f"rules: {', '.join(RULES)}"
    complete(add("--rule", type=_names, metavar="A,B", help=rules), RULES)
    add(
        "--epochs",
        type=count,
        metavar="E",
        help="epochs (default: the paper's, 100 or 300)",
    )
    add("--seeds", type=count, default=1, metavar="S", help="runs of each cell, with seeds 0..S-1")
    add("--batch", type=whole(2, "batch"), default=128)
    add("--learning-rate", type=positive, default=LEARNING_RATE)
    add(
        "--augment",
        choices=("published", "none"),
        default="published",
        help="augmentation: crops, mirroring and erasing as published, or none",
    )
    add("--limit", type=count, metavar="N", help="train on the first N images only")
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
        help="folder of results and states; existing cells are continued",
    )
    add("--report", action="store_true", help="only draw what --out holds")
    add(
        "--page",
        type=Path,
        metavar="F",
        help="fill the region `results` of a page",
    )
    return options


def _device(name: str) -> str:
    import torch

    if name.startswith("cuda") and not torch.cuda.is_available():
        raise RecipeError(f"--device is {name}, but PyTorch finds no GPU; use --device cpu.")
    if name != "cpu" and not name.startswith("cuda"):
        raise RecipeError(f"--device is {name!r}; it must be cpu, cuda or cuda:N.")
    return name


def _run(args: argparse.Namespace, console: Console) -> "list[ResultFile]":
    """Runs all cells in sequence."""
    from lls_hw.paper.results import load_results

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
) -> "ResultFile":  # fmt: skip
    """Runs one cell with a progress bar for each epoch, or lines where there is no terminal."""
    from lls_hw.paper.recipes import recipe_for
    from lls_hw.paper.training import run_cell

    bar = progress.add_task(cell.name, total=None, info="")
    beat, epoch = Heartbeat(progress.console, cell.name), 0

    def show(step: int, steps: int, info: str) -> None:
        nonlocal epoch
        epoch += step == 1
        progress.update(bar, completed=step, total=steps, info=info)
        beat.stage = f"epoch {epoch}, step {step} of {steps}  {info}"

    size = recipe_for(cell.data, cell.model).resize
    try:
        with beat:
            return run_cell(
                cell, lambda: load(cell.data, size), args.out, epochs, show, device,
                _command(args.data_dir),
            )  # fmt: skip
    finally:
        progress.remove_task(bar)


def _command(folder: Path | None) -> str:
    """The command line, with DIR for the data folder."""
    words = ("DIR" if word == str(folder) else word for word in sys.argv[1:])
    return " ".join([PROGRAM, *words])


def _check(args: argparse.Namespace) -> None:
    """What can be wrong before anything runs; raises LlsError."""
    require("torch", "The paper's networks need PyTorch")
    check_matplotlib("The report needs matplotlib")
    if not args.report:
        require("schedulefree", "The paper's optimiser is schedulefree")
    if args.page:
        check_region(args.page, "results")


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    console = Console()

    def job() -> None:
        _check(args)
        from lls_hw.paper.report import page, write_report
        from lls_hw.paper.results import load_results

        results = load_results(args.out)  # a damaged one is found before hours of work
        if not args.report:
            results = _run(args, console)
        for path in write_report(results, args.out):
            console.print(f"wrote {path}", highlight=False)
        if args.page:
            fill(args.page, "results", page(results))

    return exit_status(job, "Interrupted; the same command continues after the last epoch.")


if __name__ == "__main__":
    sys.exit(main())
