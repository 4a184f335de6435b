"""``python -m lls_hw.doctor``: what is installed, and the commands that install the rest."""

import argparse
import sys
from collections.abc import Iterator

from rich.console import Console

from lls_hw.doctor.finding import NEXT, PURPOSES, USUAL, Finding
from lls_hw.doctor.packages import packages
from lls_hw.doctor.ports import ports
from lls_hw.doctor.programs import programs
from lls_hw.tools.arguments import Parser, described

__all__ = ["examine", "main", "parser"]

PROGRAM = "python -m lls_hw.doctor"


def examine() -> Iterator[Finding]:
    """Packages, programs and serial ports, each once."""
    yield from packages()
    yield from programs()
    yield from ports()


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    purposes = "; ".join(f"{name}: {text}" for name, text in PURPOSES.items())
    options.add_argument(
        "--for",
        dest="purposes",
        action="append",
        choices=list(PURPOSES),
        metavar="PURPOSE",
        help=f"only what one purpose needs, may be repeated; {purposes} "
        f"(default: everything, of which {' and '.join(sorted(USUAL))} must be there)",
    )
    return options


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; 1 if something necessary is missing."""
    args = parser(prog).parse_args(argv)
    wanted = set(args.purposes or USUAL)
    console = Console(highlight=False, soft_wrap=True)
    able, missing = dict(PURPOSES), 0
    for finding in examine():
        if args.purposes is None or finding.needed(wanted):
            console.print(finding.line(wanted), markup=False)
            missing += finding.needed(wanted) and finding.found is None
        if finding.found is None:
            able = {purpose: able[purpose] for purpose in able if purpose not in finding.purposes}
    can = f"You can {'; '.join(able.values())}." if able else "Nothing can be done without it."
    if missing:
        console.print(f"{missing} missing; each line ends with what to type.")
        console.print(f"{can} Next: type that, and `lls-hw doctor` again.")
        return 1
    purposes = f" for {' and '.join(sorted(wanted))}" if args.purposes else ""
    first = next(purpose for purpose in NEXT if purpose in wanted)
    console.print(f"Everything necessary{purposes} is installed.")
    console.print(f"{can} Next: {NEXT[first]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
