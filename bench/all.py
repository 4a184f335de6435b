"""All results that depend on the gateware, again on the present one: `python bench/all.py FOLDER`.

    python bench/all.py --list              # which are of the present gateware
    python bench/all.py FOLDER [NAME ...]   # makes the others again, the quickest first
    python bench/all.py --made NAME ...     # a result was made by its command, on this gateware

FOLDER has mnist/, fashion-mnist/ and cifar10/. `bench/results/designs.json` keeps the digest of the
netlists that each result was made from; it is written after each result, so a run that was
interrupted goes on where it stopped. Exits with status 1 if a command fails; the others still run.
Results of the golden model alone do not depend on the gateware and are not here.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from amaranth.hdl import ClockDomain, Module
from amaranth.lib import wiring
from rich.console import Console
from rich.table import Table

from lls_hw.contract.config import PRESETS, preset
from lls_hw.contract.usb import product
from lls_hw.gateware.link.usb_bytes import UsbBytes
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.cache import digest
from lls_hw.tools.files import replace_file

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
FILE = RESULTS / "designs.json"
_USB = "usb"
_EVERY = tuple(sorted(PRESETS))


@dataclass(frozen=True)
class Result:
    """A result, or several that one command makes.

    Parameters
    ----------
    command : DIR stands for the folder with the data.
    designs : presets that it depends on; `usb` is the USB device.
    minutes : about how long it takes on two idle cores.
    """

    name: str
    command: str
    designs: tuple[str, ...]
    minutes: int


def _bitstream(preset_name: str, minutes: int, mhz: int = 80) -> Result:
    command = f"sh bench/ulx3s_85f.sh {preset_name} {mhz}"
    return Result(f"ulx3s_{preset_name}", command, (preset_name,), minutes)


def _training(name: str, preset_name: str, minutes: int) -> Result:
    command = f"python bench/trainings.py DIR --only {name}"
    return Result(f"train-{name}", command, (preset_name,), minutes)


_ADAPT = (
    "python -m lls_hw.adapt --device sim --data fashion-mnist --data-dir DIR/fashion-mnist "
    "--verify --json bench/results/adapt-rotated.json --plot bench/results/adapt-rotated.png"
)
_SPEED = "python bench/simulator_speed.py --json bench/results/simulator-speed.json"
_RANDOM = "python bench/random_networks.py --json bench/results/random-networks.json"
_MEMORY = "python bench/memory_test.py --json bench/results/memory-test.json"
_I5 = "sh bench/colorlight.sh colorlight-i5"
_5A = "sh bench/colorlight.sh colorlight-5a75b"
_OC = "sh bench/usb_bitstreams.sh orangecrab"
ALL = (
    Result("usb", "python bench/usb.py", (_USB,), 2),
    Result("simulator-speed", _SPEED, ("small",), 2),
    Result("memory-test", _MEMORY, ("sdram",), 5),
    Result("up5k", "python bench/up5k.py", ("nano",), 5),
    _training("smallconv-sdram", "sdram", 5),
    _training("smallconv32-sdram", "sdram", 5),
    _training("smallconv-lab", "lab", 5),
    _training("tinyconv-lab", "lab", 5),
    Result("sdram", "python bench/sdram.py", ("sdram",), 10),
    Result("adapt-rotated", _ADAPT, ("small",), 10),
    _training("tinyconv-stored", "sdram", 10),
    Result("colorlight-i5_tiny-sdram", _I5, ("tiny-sdram",), 12),
    Result("colorlight-5a75b_tiny-sdram", _5A, ("tiny-sdram",), 12),
    Result("orangecrab-25f_usb", f"{_OC} 25f 80", ("tiny", _USB), 8),
    _training("mlp-mnist", "small", 15),
    _training("tinyconv-fashion", "small", 15),
    _training("tinyconv32-lab", "lab", 15),
    Result("random-networks", _RANDOM, ("lab", "sdram"), 20),
    Result("orangecrab-85f_usb", f"{_OC} 85f", ("small", _USB), 20),
    Result("ulx3s-85f_usb", "sh bench/usb_bitstreams.sh ulx3s 85f 80", ("small", _USB), 20),
    _bitstream("small", 24),
    _bitstream("sdram", 26, 75),
    _bitstream("large", 26),
    _bitstream("momentum", 26, 75),
    Result("recorded", "python bench/recorded.py", _EVERY, 30),
    Result("blocks", "python bench/blocks.py", _EVERY, 40),
    Result("gates", "python bench/gates.py", ("nano", "small", "tiny"), 50),
    Result("boards", "python bench/boards.py", (*_EVERY, _USB), 60),
    Result("resources-ecp5", "python bench/resources.py --family ecp5", _EVERY, 90),
    Result("resources-ice40", "python bench/resources.py --family ice40", _EVERY, 20),
)


class _Usb(wiring.Component):
    """The USB device with its clock domains: those that nobody defines get ports in any order."""

    def __init__(self) -> None:
        super().__init__({})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        for domain in ("sync", "usb", "usb_io"):
            m.domains += ClockDomain(domain)
        m.submodules.bytes = UsbBytes(product("board"))
        return m


@cache
def netlist(design: str) -> str:
    """Digest of a design's netlist, without names of files and lines."""
    component = _Usb() if design == _USB else System(preset(design))
    return digest(elaborate(component, "top"))


def identity(result: Result) -> str:
    """Digest of all that the gateware has to do with a result."""
    return digest(*map(netlist, result.designs))


def kept() -> dict[str, str]:
    """The identity that each result was made with."""
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}


def keep(results: Iterable[Result]) -> None:
    """These results are of the present gateware."""
    made = kept() | {result.name: identity(result) for result in results}
    replace_file(FILE, json.dumps(made, indent=1, sort_keys=True) + "\n")


def table(results: Iterable[Result]) -> Table:
    """Which results are of the present gateware."""
    made = kept()
    rows = Table("result", "engines", "gateware", "minutes")
    for result in results:
        present = made.get(result.name) == identity(result)
        engines = "all" if set(_EVERY) <= set(result.designs) else ", ".join(result.designs)
        age = "present" if present else "older" if result.name in made else "unknown"
        rows.add_row(result.name, engines, age, str(result.minutes))
    return rows


def run(result: Result, folder: Path) -> bool:
    """Makes a result again; whether it succeeded."""
    words = [word.replace("DIR", str(folder)) for word in shlex.split(result.command)]
    if words[0] == "python":
        words[0] = sys.executable
    print(shlex.join(words), flush=True)
    env = os.environ | {"PYTHON": sys.executable}
    return subprocess.run(words, cwd=ROOT, env=env, check=False).returncode == 0


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="with the data sets")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these results")
    parser.add_argument("--list", action="store_true", help="show all, run none")
    parser.add_argument("--made", nargs="+", default=[], metavar="NAME")
    args = parser.parse_args()
    known = {result.name: result for result in ALL}
    for name in (*args.names, *args.made):
        if name not in known:
            parser.error(f"there is no result {name!r}; choose from {', '.join(known)}")
    if args.made:
        keep(known[name] for name in args.made)
    if args.list or args.made:
        Console().print(table(ALL))
        return 0
    if args.folder is None or not args.folder.is_dir():
        parser.error(f"{args.folder} is no folder with data sets; name one, or use --list")
    failed = []
    for result in [known[name] for name in args.names] or ALL:
        if not args.names and kept().get(result.name) == identity(result):
            continue
        if run(result, args.folder):
            keep([result])
        else:
            failed.append(result.name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
