"""The page of an exploration: `python bench/explored.py FILE.json PAGE.html`.

FILE.json is the explore.json of `lls-hw explore`.
"""

import argparse
import json
import sys
from pathlib import Path

from lls_hw.explore.record import page_of
from lls_hw.tools.files import replace_file


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("page", type=Path)
    args = parser.parse_args()
    replace_file(args.page, page_of(json.loads(args.file.read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
