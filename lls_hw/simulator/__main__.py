"""``python -m lls_hw.simulator``: serves a simulated board on 127.0.0.1 until Ctrl-C."""

import argparse
import os
import sys

from lls_hw.contract.config import PRESETS, preset
from lls_hw.errors import LlsError
from lls_hw.simulator.build import board_program

__all__ = ["main"]


def main() -> int:
    """Builds the board if need be, then becomes its program."""
    parser = argparse.ArgumentParser(prog="python -m lls_hw.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one (default)")
    parser.add_argument("--preset", default="small", help=f"one of {', '.join(PRESETS)}")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    args = parser.parse_args()
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
