"""``python -m lls_hw.predict``: classes and scores of images without labels."""

import argparse
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from lls_hw.datasets.names import DATA_NAMES
from lls_hw.datasets.unlabelled import Images, load_images
from lls_hw.driver.arguments import add_board_arguments
from lls_hw.errors import LlsError
from lls_hw.session.board import Board
from lls_hw.session.model import Model
from lls_hw.session.progress import reporting
from lls_hw.session.trained import Trained, add_checkpoint_argument
from lls_hw.tools.arguments import Parser, complete, count, described
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.files import replace_file
from lls_hw.tools.results import check_outputs

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.predict"
CHUNK = 1000
"""Images between two signs of progress."""


class Answers(NamedTuple):
    """Predicted classes (N,), and scores of all classes (N, K) from 0 to 1 if they are wanted."""

    classes: NDArray[np.int64]
    scores: NDArray[np.float64] | None


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add_checkpoint_argument(options)
    add_board_arguments(options, network=None, golden=True)
    data = add(
        "--data",
        required=True,
        metavar="DATA",
        help="an .npz, .npy or .csv file, a picture, a folder of pictures, or the test images of "
        f"one of {', '.join(DATA_NAMES)}",
    )
    complete(data, DATA_NAMES)
    channels = "where the channels are, if the images leave it open"
    add("--channels", choices=("first", "last"), help=channels)
    add("--limit", type=count, metavar="N", help="only the first N images")
    add(
        "--classes-only",
        action="store_true",
        help="leave out the scores: on a board they take as many runs as there are classes",
    )
    out = "file to write, .csv or .npz (default: CSV on standard output)"
    add("--out", type=Path, metavar="F", help=out)
    return options


def _answers(model: Model, images: NDArray[np.uint8], scores: bool) -> Answers:
    """What the board says, with progress on standard error."""
    size = max(1, CHUNK // model.batch) * model.batch
    classes, found = [], []
    with reporting(True, Console(stderr=True)) as report:
        report.begin("predict", -(-len(images) // size))
        for start in range(0, len(images), size):
            part = images[start : start + size]
            classes.append(model.predict(part, channels="first"))
            if scores:
                found.append(model.scores(part, channels="first"))
            report.advance(f"{start + len(part):,} images")
    return Answers(np.concatenate(classes), np.concatenate(found) if scores else None)


def _rows(names: list[str], answers: Answers, columns: list[str]) -> Iterator[list[object]]:
    """A head, and a row for each image; the class by its name, if it has one."""
    scores = answers.scores
    yield ["image", "class", *(columns if scores is not None else [])]
    for index, (name, label) in enumerate(zip(names, answers.classes, strict=True)):
        shown = [] if scores is None else [f"{value:.6f}" for value in scores[index]]
        yield [name, columns[label], *shown]


def _write(path: Path | None, images: Images, answers: Answers, columns: list[str]) -> None:
    """CSV to standard output or a file, or arrays to an .npz file."""
    content: bytes | str
    if path is not None and path.suffix == ".npz":
        arrays: dict[str, NDArray[Any]] = {
            "images": np.array(images.names),
            "classes": answers.classes,
            "class_names": np.array(columns),
        }
        if answers.scores is not None:
            arrays["scores"] = answers.scores
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, **arrays)
        content = archive.getvalue()
    else:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(_rows(images.names, answers, columns))
        content = text.getvalue()
    if path is None:
        sys.stdout.write(str(content))
        return
    try:
        replace_file(path, content)
    except OSError as error:
        raise LlsError(
            f"{path} cannot be written ({error.strerror}); choose another file."
        ) from error


def _predict(args: argparse.Namespace) -> None:
    if args.out is not None and args.out.suffix not in (".csv", ".npz"):
        raise LlsError(f"--out is {args.out}; its name must end in .csv or .npz.")
    check_outputs(args.out)
    trained = Trained.of(args.checkpoint, args.network, args.device, args.engine)
    network = trained.network
    found = load_images(args.data, args.data_dir, shape=network.input, channels=args.channels)
    found = Images(found.images[: args.limit], found.names[: args.limit])
    columns = [str(number) for number in range(network.classes)]
    columns[: len(trained.class_names)] = trained.class_names
    with Board(args.device, engine=args.engine) as board:
        model = Model.load(args.checkpoint, board, network)
        answers = _answers(model, found.images, not args.classes_only)
    _write(args.out, found, answers, columns)


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    return exit_status(lambda: _predict(args))


if __name__ == "__main__":
    sys.exit(main())
