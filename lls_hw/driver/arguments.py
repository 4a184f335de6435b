"""Command line arguments of whatever trains on a board."""

import argparse
from pathlib import Path

from lls_hw.contract.config import PRESETS
from lls_hw.network.file import network_names

__all__ = ["add_board_arguments"]


def add_board_arguments(
    parser: argparse.ArgumentParser, network: str, golden: bool = False
) -> None:
    """Adds --device, --network with that default, and --data-dir.

    With `golden`, the golden model may take the board's place.
    """
    also = ", or the golden model: golden, golden:PRESET, golden@cuda" if golden else ""
    add = parser.add_argument
    add(
        "--device",
        default="sim",
        metavar="URL",
        help=f"sim, sim:PRESET, socket://HOST:PORT or a serial port{also}; presets: "
        f"{', '.join(PRESETS)} (default: sim)",
    )
    networks = f"a TOML file, or one of {', '.join(network_names())} (default: {network})"
    add("--network", default=network, metavar="NAME", help=networks)
    add("--data-dir", type=Path, metavar="DIR", help="folder with the data set's official files")
