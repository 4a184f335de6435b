"""``python -m docs.tables``: fills the generated regions of README.md and docs/*.md."""

import argparse
import sys

from docs.tables.pages import PAGES, generated
from lls_hw.tools.arguments import described
from lls_hw.tools.files import replace_file

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Entry point; with --check 1 if a page is out of date, and nothing is written."""
    parser = argparse.ArgumentParser(prog="python -m docs.tables", description=described(__doc__))
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a page differs")
    args = parser.parse_args(argv)
    different = 0
    for path in PAGES:
        old = path.read_text()
        new = generated(old)
        if new != old:
            different += 1
            print(f"{'out of date' if args.check else 'wrote'}: {path}")
            if not args.check:
                replace_file(path, new)
    return int(args.check and different > 0)


if __name__ == "__main__":
    sys.exit(main())
