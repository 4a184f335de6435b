"""``python -m lls_hw.simulator``: serves a simulated board on 127.0.0.1 until Ctrl-C."""

import argparse
import os
import sys

from lls_hw.contract.config import PRESETS, preset
from lls_hw.errors import LlsError
from lls_hw.simulator.build import board_program
from lls_hw.tools.arguments import described

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Compiles the board if necessary, then replaces this process with its program."""
    parser = argparse.ArgumentParser(
        prog="python -m lls_hw.simulator", description=described(__doc__)
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="TCP port; 0 takes any free one (default: 0)")
    add("--preset", default="small", help=f"one of {', '.join(PRESETS)} (default: small)")
    add("--with-parent", action="store_true", help="exit when stdin closes")
    args = parser.parse_args(argv)
    if not 0 <= args.port < 1 << 16:
        parser.error(f"port {args.port} does not exist; choose 0..65535")
    try:
        program = board_program(preset(args.preset), f"{args.preset!r} ")
    except LlsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    arguments = [str(program), str(args.port)] + ["--with-parent"] * args.with_parent
    os.execv(program, arguments)


if __name__ == "__main__":
    sys.exit(main())
