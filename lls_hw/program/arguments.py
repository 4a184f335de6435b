"""Command line arguments of whatever needs an engine but no board."""

import argparse

from lls_hw.contract.config import PRESETS
from lls_hw.tools.arguments import complete

__all__ = ["DEFAULT_ENGINE", "add_engine_argument"]

DEFAULT_ENGINE = "small"
"""Engine of commands that name none."""


def add_engine_argument(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Adds --preset, which is also --engine, as `engine`; `default` names what None stands for."""
    said = default or DEFAULT_ENGINE
    action = parser.add_argument(
        "--preset",
        "--engine",
        dest="engine",
        default=None if default else DEFAULT_ENGINE,
        metavar="NAME",
        help=f"one of {', '.join(PRESETS)}, an engine's .toml file, or the design.json of a build "
        f"(default: {said})",
    )
    complete(action, PRESETS)
