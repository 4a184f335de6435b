"""``python -m lls_hw.build``: makes the bitstream of a board."""

import sys

from rich.console import Console

from lls_hw.bitstream import NO_BOARD, BoardBuild, CoreBuild, parser
from lls_hw.tools.command_line import exit_status

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    args = parser().parse_args(argv)
    console = Console(stderr=True)

    def job() -> None:
        if args.board.lower() == NO_BOARD:
            print(CoreBuild(args, console).run())
        elif args.estimate_only:
            Console().print(*BoardBuild(args, console).estimate())
        else:
            print(BoardBuild(args, console).run())

    return exit_status(job, "Interrupted; nothing was written.")


if __name__ == "__main__":
    sys.exit(main())
