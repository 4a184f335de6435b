"""The core alone, for a user's own design."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from lls_hw.bitstream.design import describe, fields
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import BoardError
from lls_hw.contract.axi import RANGE_BYTES, AxiRegister
from lls_hw.contract.engine import named_engine
from lls_hw.gateware.axi.core import AxiCore, axi_ports_of
from lls_hw.gateware.generic import CORE_NAME, GenericCore, ports_of
from lls_hw.gateware.verilog import write_verilog
from lls_hw.program.arguments import DEFAULT_ENGINE

__all__ = ["AXI_LITE", "AXI_STREAM", "BUSES", "NO_BOARD", "CoreBuild"]

NO_BOARD = "none"
"""Name that means no board."""
AXI_STREAM = "axi-stream"
AXI_LITE = "axi-lite"
BUSES = {AXI_STREAM: (GenericCore, ports_of), AXI_LITE: (AxiCore, axi_ports_of)}
"""What the bytes of the host come over: the core with it, and its ports."""


class CoreBuild:
    """The core alone, for a user's own design: Verilog, and design.json."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        for option in ("variant", "frequency", "baud", "link"):
            if getattr(args, option) is not None:
                raise BoardError(f"--{option} belongs to a board; leave it out with --board none.")
        for option in ("load", "estimate_only", "network", "synthesis_only"):
            if getattr(args, option):
                name = option.replace("_", "-")
                raise BoardError(f"--{name} needs a board; leave it out with --board none.")
        engine = named_engine(args.engine or DEFAULT_ENGINE)
        self.engine, self.config = engine.name, engine.config
        self.bus: str = args.bus or AXI_STREAM
        self.out: Path = args.out or Path("build") / f"core-{self.engine}"
        self.steps = Steps(console)

    def run(self) -> Path:
        """Write the files; returns the path of the Verilog."""
        name, (core, _) = f"{CORE_NAME}.v", BUSES[self.bus]
        with publish(self.out, ("design.json", name)) as work:
            with self.steps.step("Verilog"):
                (work / name).write_text(write_verilog(core(self.config), CORE_NAME), "utf-8")
            design = describe(self.config, self.engine, self._board(), [])
            (work / "design.json").write_text(json.dumps(design, indent=2) + "\n", "utf-8")
        return self.out / name

    def _board(self) -> dict[str, Any]:
        """What stands in a board's place in design.json."""
        _, ports = BUSES[self.bus]
        board: dict[str, Any] = {"name": NO_BOARD, "bus": self.bus}
        board["ports"] = [
            {"name": name, "direction": way, "bits": bits, "doc": doc}
            for name, (way, bits, doc) in ports(self.config).items()
        ]
        if self.bus == AXI_LITE:
            board["address_range"] = RANGE_BYTES
            board["registers"] = [
                {
                    "name": register.name,
                    "offset": int(register),
                    "access": register.access,
                    "fields": fields(register.fields),
                    "doc": register.__doc__,
                }
                for register in AxiRegister
            ]
        return board
