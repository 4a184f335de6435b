"""``python -m lls_hw.build``: makes the bitstream of a board."""

import sys

from rich.console import Console

from lls_hw.bitstream import NO_BOARD, BoardBuild, CoreBuild
from lls_hw.bitstream.options import PROGRAM, parser
from lls_hw.tools.command_line import exit_status

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Command line; returns the exit status."""
    args = parser(prog).parse_args(argv)
    console = Console(stderr=True)

    def job() -> None:
        if args.board.lower() == NO_BOARD:
            print(CoreBuild(args, console).run())
        elif args.estimate_only:
            build = BoardBuild(args, console)
            estimated = build.estimate()
            Console().print(*build.forecast(estimated))
            build.check(estimated)
        else:
            print(BoardBuild(args, console).run())

    return exit_status(job, "Interrupted; nothing was written.")


if __name__ == "__main__":
    sys.exit(main())
