"""``lls-hw``, or ``python -m lls_hw``: all commands under one name.

Each command is also a module: ``lls-hw train`` is ``python -m lls_hw.train``. A command's module is
imported when the command is used.
"""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from signal import SIGINT
from types import ModuleType
from typing import NamedTuple

from lls_hw.tools.arguments import Parser, completions
from lls_hw.tools.command_line import exit_status, quick_end
from lls_hw.version import VERSION

__all__ = ["COMMANDS", "Command", "main"]

NAME = "lls-hw"


class Command(NamedTuple):
    """One command."""

    module: str
    """Has `parser(prog)` and `main(words, prog)`."""
    purpose: str


COMMANDS = {
    name: Command(module, purpose)
    for name, module, purpose in (
        ("train", "train", "trains a network on a board, simulated or real"),
        ("evaluate", "evaluate", "tests a trained network on a board, simulated or real"),
        ("predict", "predict", "classes and scores of images without labels"),
        (
            "export",
            "export.__main__",
            "a trained network as a safetensors file, ONNX model or C header",
        ),
        ("adapt", "adapt.__main__", "a pretrained network learns shifted images on the board"),
        ("program", "program.__main__", "what a network needs of an engine, and how long it takes"),
        ("simulate", "simulator.__main__", "serves a simulated board on 127.0.0.1 until Ctrl-C"),
        ("fit", "fit.__main__", "sizes an engine for a board and networks"),
        ("build", "build", "makes the bitstream of a board"),
        (
            "explore",
            "explore.__main__",
            "builds many engines, clocks and seeds, and shows the best",
        ),
        ("boards", "bitstream.boards", "all boards, with devices, memories, links and clocks"),
        ("doctor", "doctor.__main__", "what is installed, and the commands that install the rest"),
        ("reproduce", "paper.reproduce", "trains the cells of the paper's tables and draws them"),
        ("costs", "paper.costs", "products and memory of training with each rule"),
    )
}
COMPLETION = "completion"
_PURPOSE = f"prints what lets a shell complete {NAME}"
_SETUP = {
    "bash": f'eval "$({NAME} {COMPLETION} bash)"',
    "zsh": f"{NAME} {COMPLETION} zsh > a folder of $fpath/_{NAME}",
    "tcsh": f"{NAME} {COMPLETION} tcsh > ~/.{NAME}.tcsh, and source that file",
}
"""Shells that the library knows, and what to type or to put into the shell's start file."""


def _module(name: str) -> ModuleType:
    """The module of a command."""
    return import_module(f"lls_hw.{COMMANDS[name].module}")


def _parser() -> argparse.ArgumentParser:
    """The command line up to the command."""
    width = max(map(len, [*COMMANDS, COMPLETION]))
    purposes = {name: command.purpose for name, command in COMMANDS.items()} | {
        COMPLETION: _PURPOSE
    }
    lines = [f"  {name:{width}}  {purpose}" for name, purpose in purposes.items()]
    options = Parser(
        prog=NAME,
        usage=f"{NAME} COMMAND [options]",
        description="Training deep networks on an FPGA with local learning. The commands:\n\n"
        + "\n".join(lines),
        epilog=f"{NAME} COMMAND --help says more. `python -m lls_hw` is the same as {NAME}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    return options


def _whole() -> argparse.ArgumentParser:
    """All commands with their options, as a completion needs them."""
    import shtab

    whole = _parser()
    commands = whole.add_subparsers()
    for name, command in COMMANDS.items():
        own = _module(name).parser(f"{NAME} {name}")
        for action in own._actions:
            if completions(action):
                action.choices = completions(action)
            elif action.type is Path:
                action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
        commands.add_parser(name, help=command.purpose, parents=[own], add_help=False)
    shell = commands.add_parser(COMPLETION, help=_PURPOSE)
    shell.add_argument("shell", choices=list(_SETUP))
    return whole


def _completion(words: Sequence[str]) -> int:
    setup = "\n".join(f"  {line}" for line in _SETUP.values())
    options = Parser(
        prog=f"{NAME} {COMPLETION}",
        description=f"{_PURPOSE[:1].upper()}{_PURPOSE[1:]}. Type, or put into the shell's start "
        f"file:\n\n{setup}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("shell", choices=list(_SETUP))
    args = options.parse_args(words)

    def job() -> None:
        import shtab

        print(shtab.complete(_whole(), shell=args.shell))

    return exit_status(job)


def _run(name: str, words: list[str]) -> int:
    """Runs a command as `python -m` would: results record sys.argv."""
    sys.argv = [f"{NAME} {name}", *words]
    try:
        with quick_end():
            module = _module(name)
        return int(module.main(words, prog=sys.argv[0]))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 128 + SIGINT


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    name, rest = (words[0], words[1:]) if words else ("--help", [])
    if name.startswith("-"):
        _parser().parse_args([name])
    if name == COMPLETION:
        return _completion(rest)
    if name not in COMMANDS:
        near = get_close_matches(name, [*COMMANDS, COMPLETION], 1)
        meant = f"did you mean {near[0]}?" if near else f"see {NAME} --help."
        print(f"There is no command {name!r}; {meant}", file=sys.stderr)
        return 2
    return _run(name, rest)


if __name__ == "__main__":
    sys.exit(main())
