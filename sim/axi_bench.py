"""The core on a processor's bus, in Verilator: its program, and its registers for the driver."""

import json
import struct
import subprocess
from pathlib import Path

from lls_hw.contract.axi import AXI_MAGIC, STATUS, AxiRegister, Response
from lls_hw.tools.verilate import verilate
from sim.generic_bench import GENERIC, build_core

__all__ = ["SimulatedRegisters", "build_soc_axi"]

_READ, _WRITE, _WAIT = range(3)
_CYCLES = 20_000
"""That a wait lasts at most."""
_POSTED = 256
"""Writes that are posted together; their responses fit into a pipe."""


def build_soc_axi(preset: str, folder: Path, options: tuple[str, ...] = ()) -> Path:
    """The program that simulates a processor beside the core with the engine of a preset."""
    core = build_core(preset, folder, "--bus", "axi-lite")
    design = json.loads((folder / "design.json").read_text())
    (folder / "registers.hpp").write_text(_header(design["board"]["registers"]))
    return verilate(
        GENERIC / "soc_axi.v", "soc_axi", folder / "obj", [GENERIC / "axi.cpp"],
        options=[str(core), str(GENERIC / "slow_memory.v"), "-CFLAGS", f"-I{folder}", *options],
    )  # fmt: skip


def _header(registers) -> str:
    """Offsets of the registers and what the program needs besides, as a user would write them."""
    names = {f"k{r['name'].title().replace('_', '')}": r["offset"] for r in registers}
    names |= {
        "kMagicValue": AXI_MAGIC,
        "kWaiting": (1 << STATUS["waiting"].bits) - 1,
        "kOkay": Response.OKAY,
    }
    lines = [f"constexpr unsigned {name} = {value:#x};" for name, value in names.items()]
    return "#pragma once\n" + "\n".join(lines) + "\n"


class SimulatedRegisters:
    """`Registers` of the simulated core. Writes are posted: they are done before the next read.

    While nothing is asked of it, its clock stands still.
    """

    def __init__(self, program: Path, seed: int) -> None:
        self._posted: list[bytes] = []
        self._process = subprocess.Popen(
            [program, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _ask(self, operation: int, where: int) -> tuple[int, int]:
        """The answer; the responses to the writes before it come first."""
        asked = [*self._posted, struct.pack("<3I", operation, where, 0)]
        self._process.stdin.write(b"".join(asked))
        self._process.stdin.flush()
        self._posted.clear()
        *writes, answer = [self._process.stdout.read(8) for _ in asked]
        assert not any(map(any, writes)), "the core refuses a write"
        return struct.unpack("<2I", answer)

    def read(self, offset: int) -> int:
        response, word = self._ask(_READ, offset)
        assert response == Response.OKAY, f"the core refuses to read {AxiRegister(offset).name}"
        return word

    def write(self, offset: int, value: int) -> None:
        self._posted.append(struct.pack("<3I", _WRITE, offset, value))
        if len(self._posted) >= _POSTED:
            self.wait(0)

    def wait(self, seconds: float) -> None:
        self._ask(_WAIT, _CYCLES if seconds else 0)

    def close(self) -> None:
        self.wait(0)
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(timeout=60) == 0
