"""``python -m docs.site``: the documentation as a site; a warning is an error."""

import argparse
import sys
from pathlib import Path

from lls_hw.tools.arguments import described

__all__ = ["main"]

ROOT = Path(__file__).parents[2]


def main(argv: list[str] | None = None) -> int:
    """Entry point; 1 if there was a warning, or with --links a link that leads nowhere."""
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=described(__doc__))
    parser.add_argument("--out", type=Path, default=ROOT / "build/site", metavar="DIR")
    parser.add_argument("--links", action="store_true", help="only ask all external links")
    args = parser.parse_args(argv)
    try:
        from sphinx.cmd.build import build_main
    except ImportError:
        print("The site needs Sphinx; run: pip install -e '.[docs]'.", file=sys.stderr)
        return 1
    strict = ["-q", "--fresh-env", "--fail-on-warning", "--keep-going"]
    builder = "linkcheck" if args.links else "html"
    return build_main([*strict, "-b", builder, "-c", str(ROOT / "docs"), str(ROOT), str(args.out)])


if __name__ == "__main__":
    sys.exit(main())
