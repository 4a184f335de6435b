"""``python -m lls_hw.explore``: builds many engines, clocks and seeds, and shows the best."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lls_hw.boards import board_names, find_board
from lls_hw.contract.config import PRESETS
from lls_hw.contract.engine import EngineFile, engine_text, named_engine
from lls_hw.datasets.held_out import HELD_OUT
from lls_hw.datasets.names import DATA_NAMES, known_name, load_data
from lls_hw.errors import LlsError
from lls_hw.explore.networks import Jobs
from lls_hw.explore.points import Named, points
from lls_hw.explore.record import page_of, record
from lls_hw.explore.rows import Row
from lls_hw.explore.run import Exploration, Lessons
from lls_hw.explore.store import Store
from lls_hw.fit.report import explained
from lls_hw.fit.search import Search
from lls_hw.network.file import load_network, network_names
from lls_hw.network.network import Network
from lls_hw.tools.arguments import Parser, complete, count, described, positive, seed, share
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.html import counted
from lls_hw.tools.packages import require

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.explore"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    _add_points(options)
    _add_networks(options)
    add = options.add_argument
    add("--jobs", type=count, default=len(os.sched_getaffinity(0)), metavar="N",
        help="builds at once on this computer (default: its cores)")  # fmt: skip
    add("--scheduler", metavar="ADDRESS",
        help="build on the workers of this Dask scheduler instead, such as "
        "tcp://host:8786")  # fmt: skip
    add("--out", type=Path, default=Path("build/explore"), metavar="DIR",
        help="folder of results, page and builds; a later run with the same folder goes on "
        "(default: build/explore)")  # fmt: skip
    return options


def _add_points(options: argparse.ArgumentParser) -> None:
    add = options.add_argument
    known = board_names()
    boards = f"one of {', '.join(known)}, or a .py file that defines one (default: ulx3s)"
    complete(add("--board", default="ulx3s", metavar="NAME", help=boards), known)
    add("--variant", metavar="NAME", help="device of the board (default: the board's)")
    engine = add(
        "--preset", "--engine", dest="engine", action="append", default=[], metavar="NAME",
        help=f"engine to build, may be repeated: one of {', '.join(PRESETS)}, an engine's .toml "
        "file, or the design.json of a build (default: those that `fit` finds)",
    )  # fmt: skip
    complete(engine, PRESETS)
    add("--fitted", type=count, metavar="N",
        help="engines of `fit` for the networks, also beside --engine "
        "(default: 4 without it)")  # fmt: skip
    add("--frequency", action="append", type=positive, default=[], metavar="MHZ",
        help="engine clock, may be repeated (default: the variant's)")  # fmt: skip
    add("--seed", action="append", type=seed, default=[], metavar="N",
        help="seed of the placement, may be repeated (default: 1)")  # fmt: skip
    add("--synthesis-only", action="store_true", help="count cells and stop before the placement")


def _add_networks(options: argparse.ArgumentParser) -> None:
    add = options.add_argument
    network = add(
        "--network", action="append", default=[], metavar="NAME",
        help="network that the engines train, may be repeated: a TOML file, or one of "
        f"{', '.join(network_names())}",
    )  # fmt: skip
    complete(network, network_names())
    add("--batch", type=count, metavar="N",
        help="samples per step (default: the network's, or the most that fit)")  # fmt: skip
    data = add(
        "--train", type=known_name, metavar="DATA",
        help="train the networks on the golden model, for their accuracy: on one of "
        f"{', '.join(DATA_NAMES)}, or an .npz file, a .csv file or a folder of images",
    )  # fmt: skip
    complete(data, DATA_NAMES)
    add("--data-dir", type=Path, metavar="DIR", help="folder with the data set's official files")
    add("--held-out", type=share, default=HELD_OUT, metavar="X",
        help=f"share of the training images to test on (default: {HELD_OUT:g})")  # fmt: skip
    add("--epochs", type=count, default=1, metavar="N", help="passes over the images (default: 1)")


def _lessons(args: argparse.Namespace, networks: Sequence[Network]) -> Lessons | None:
    """The data of --train; all networks take images of its shape."""
    if args.train is None:
        return None
    if not networks:
        raise LlsError(f"--train is {args.train}, but there is no network to train; add --network.")
    require("torch", "The golden model needs PyTorch")
    shapes = {network.input for network in networks}
    if len(shapes) > 1:
        raise LlsError(
            "--train has one data set, but the networks take images of the sizes "
            f"{' and '.join(map(str, sorted(shapes)))}; give networks of one size."
        )
    data = load_data(args.train, args.data_dir, shape=shapes.pop(), held_out=args.held_out)
    return Lessons(data=data, epochs=args.epochs)


def _fitted(args: argparse.Namespace, networks: Sequence[Network], store: Store) -> list[Named]:
    """Engines of `fit`, each in a file."""
    wanted = args.fitted or (0 if args.engine else 4)
    if not wanted:
        return []
    clock = args.frequency[0] if args.frequency else None
    search = Search(args.board, args.variant, networks, args.batch, clock)
    with Console(stderr=True).status("sizing engines") as status:
        found = search.best(wanted, lambda text: status.update(f"estimating {text}"))
    if not found:
        raise explained(search)
    named = []
    for one in found:
        config = one.candidate.config
        name = f"fit-{config.rows}x{config.cols}-{config.lanes}"
        path = store.write(f"engines/{name}.toml", engine_text(config))
        named.append(Named(EngineFile(name, config), str(path)))
    return named


def _write(args: argparse.Namespace, store: Store, found: Exploration, rows: list[Row]) -> Path:
    """explore.json and the page."""
    first = rows[0].point
    known = record(
        f"{find_board(args.board).title} {first.variant}: {counted(len(rows), 'point')} explored",
        f"{PROGRAM} {shlex.join(args.words)}",
        first.build(Path(), Console(quiet=True)).flow.family,
        rows,
        found.failed_trainings,
    )
    text = json.dumps(known, indent=1)
    store.write("explore.json", text + "\n")
    return store.write("explore.html", page_of(json.loads(text)))


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    args = parser(prog).parse_args(words)
    args.words = words

    def job() -> None:
        if not args.engine and not args.network:
            raise LlsError("There is nothing to build; give --engine, or --network for engines.")
        if args.fitted and not args.network:
            raise LlsError(f"--fitted is {args.fitted}, but for no network; add --network.")
        require("distributed", "Exploring needs Dask")
        board = find_board(args.board)
        variant = (args.variant or board.default).lower()
        networks = [load_network(name) for name in args.network]
        lessons = _lessons(args, networks)
        named = [Named(named_engine(word), word) for word in args.engine]
        store = Store(args.out)
        named += _fitted(args, networks, store)
        clocks = args.frequency or [board.variant(variant).frequency]
        wanted = points(args.board, variant, named, clocks, args.seed or [1], args.synthesis_only)
        console = Console(stderr=True)
        found = Exploration(
            wanted, Jobs(networks, args.batch), lessons, store, console, args.scheduler, args.jobs
        )
        rows = found.run()
        print(_write(args, store, found, rows))
        failed = sum(row.error is not None for row in rows)
        if failed == len(rows):
            raise LlsError(f"All {failed} builds failed; the first: {rows[0].error}")

    kept = "Interrupted; what has been built is kept: the same command goes on."
    return exit_status(job, kept)


if __name__ == "__main__":
    sys.exit(main())
