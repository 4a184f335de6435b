"""The core alone, for a user's own design."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from lls_hw.bitstream.design import describe
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import BoardError
from lls_hw.contract.config import Config
from lls_hw.contract.engine import named_engine
from lls_hw.gateware.generic import CORE_NAME, GenericCore, ports_of
from lls_hw.gateware.verilog import write_verilog
from lls_hw.program.arguments import DEFAULT_ENGINE

__all__ = ["NO_BOARD", "CoreBuild"]

NO_BOARD = "none"
"""Name that means no board."""


class CoreBuild:
    """The core alone, for a user's own design: Verilog, and design.json."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        for option in ("variant", "frequency", "baud", "link"):
            if getattr(args, option) is not None:
                raise BoardError(f"--{option} belongs to a board; leave it out with --board none.")
        for option in ("load", "estimate_only", "network"):
            if getattr(args, option):
                name = option.replace("_", "-")
                raise BoardError(f"--{name} needs a board; leave it out with --board none.")
        engine = named_engine(args.engine or DEFAULT_ENGINE)
        self.engine, self.config = engine.name, engine.config
        self.out: Path = args.out or Path("build") / f"core-{self.engine}"
        self.steps = Steps(console)

    def run(self) -> Path:
        """Write the files; returns the path of the Verilog."""
        name = f"{CORE_NAME}.v"
        with publish(self.out, ("design.json", name)) as work:
            with self.steps.step("Verilog"):
                (work / name).write_text(
                    write_verilog(GenericCore(self.config), CORE_NAME), "utf-8"
                )
            board = {"name": NO_BOARD, "ports": ports(self.config)}
            design = describe(self.config, self.engine, board, [])
            (work / "design.json").write_text(json.dumps(design, indent=2) + "\n", "utf-8")
        return self.out / name


def ports(config: Config) -> list[dict[str, Any]]:
    """Ports of the core, for design.json."""
    return [
        {"name": name, "direction": way, "bits": bits, "doc": doc}
        for name, (way, bits, doc) in ports_of(config).items()
    ]
