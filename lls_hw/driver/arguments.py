"""Command line arguments of whatever trains on a board."""

import argparse
from pathlib import Path

from lls_hw.contract.config import PRESETS
from lls_hw.datasets.names import DATA_NAMES, known_name
from lls_hw.driver.address import GOLDEN, SIMULATED
from lls_hw.driver.usb_port import USB
from lls_hw.network.file import network_names
from lls_hw.tools.arguments import complete

__all__ = ["add_board_arguments", "add_data_argument"]


def add_board_arguments(
    parser: argparse.ArgumentParser, network: str | None, golden: bool = False
) -> None:
    """Adds --device, --engine, --network with that default, and --data-dir.

    Without a default, the network is that of a checkpoint. With `golden`, the golden model may take
    the board's place.
    """
    also = ", or the golden model: golden, golden:ENGINE, golden@cuda" if golden else ""
    add = parser.add_argument
    device = add(
        "--device",
        default="sim",
        metavar="URL",
        help="sim, sim:ENGINE, sim:ENGINE@3M behind a line of 3 Mbaud, usb, uio:/dev/uio0 or "
        "mem:ADDRESS for a core on this computer's bus, socket://HOST:PORT, "
        f"or a serial port, such as /dev/ttyUSB0 or /dev/ttyUSB0@8M{also}; ENGINE is a file, or "
        f"one of {', '.join(PRESETS)} (default: sim)",
    )
    kinds = (SIMULATED, GOLDEN) if golden else (SIMULATED,)
    complete(device, [*kinds, USB, *(f"{kind}:{name}" for kind in kinds for name in PRESETS)])
    engine = add(
        "--engine",
        metavar="FILE",
        help="refuse a board of another engine than this: a preset, an engine's .toml file, or the "
        "design.json of a build (default: the board says what it is)",
    )
    complete(engine, PRESETS)
    names, default = network_names(), network or "that of the checkpoint"
    networks = f"a TOML file, or one of {', '.join(names)} (default: {default})"
    complete(add("--network", default=network, metavar="NAME", help=networks), names)
    add("--data-dir", type=Path, metavar="DIR", help="folder with the data set's official files")


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Adds --data, images with labels."""
    data = parser.add_argument(
        "--data",
        type=known_name,
        default="mnist",
        metavar="DATA",
        help=f"one of {', '.join(DATA_NAMES)}, or an .npz file, a .csv file or a folder with one "
        "folder of images for each class (default: mnist)",
    )
    complete(data, DATA_NAMES)
