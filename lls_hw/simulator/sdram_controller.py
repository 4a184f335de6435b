"""The SDRAM controller on its own, Verilated and driven against the chip's model."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amaranth.hdl import ClockDomain, ClockSignal, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.errors import LlsError
from lls_hw.gateware.external.controller import SdramController
from lls_hw.gateware.verilog import verilog_of
from lls_hw.simulator.sdram import model_settings
from lls_hw.tools.verilate import verilate

__all__ = ["RunFailed", "SdramTop", "build_controller", "run_controller"]

_DRIVER = Path(__file__).with_suffix(".cpp")
_TOP = "controller"


class RunFailed(LlsError):
    """A word that differs, a violation of the chip's limits, or a hang."""


class SdramTop(wiring.Component):
    """An `SdramController` as on a board, without a reset; its streams and pins have plain names.

    Parameters
    ----------
    cycles : the chip at its clock.

    Members
    -------
    clk : the clock. capture : see `DataPath`. All others are the controller's.
    """

    def __init__(self, cycles: SdramCycles) -> None:
        self._controller = SdramController(cycles)
        chip = cycles.chip
        self._pins = dict(self._controller.pins.signature.members)
        super().__init__(
            {
                "clk": In(1),
                "capture": In(range(cycles.MOST_CAPTURE + 1)),
                "command_valid": In(1),
                "command_write": In(1),
                "command_address": In(chip.address_bits),
                "command_ready": Out(1),
                "write_valid": In(1),
                "write_data": In(chip.width),
                "write_ready": Out(1),
                "read_valid": Out(1),
                "read_data": Out(chip.width),
                **self._pins,
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.controller = controller = self._controller
        port, pins = controller.port, controller.pins
        m.d.comb += [
            ClockSignal().eq(self.clk),
            controller.capture.eq(self.capture),
            port.command.valid.eq(self.command_valid),
            port.command.payload.write.eq(self.command_write),
            port.command.payload.address.eq(self.command_address),
            self.command_ready.eq(port.command.ready),
            port.write_data.valid.eq(self.write_valid),
            port.write_data.payload.eq(self.write_data),
            self.write_ready.eq(port.write_data.ready),
            self.read_valid.eq(port.read_data.valid),
            self.read_data.eq(port.read_data.payload),
        ]
        for name, member in self._pins.items():
            inside, outside = getattr(pins, name), getattr(self, name)
            m.d.comb += inside.eq(outside) if member.flow is In else outside.eq(inside)
        return m


def build_controller(netlist: str, folder: Path) -> Path:
    """The program of the driver, from the RTLIL of an `SdramTop` called ``controller``."""
    folder.mkdir(parents=True, exist_ok=True)
    verilog = folder / f"{_TOP}.v"
    verilog.write_text(verilog_of(netlist), "utf-8")
    return verilate(verilog, _TOP, folder / "obj", [_DRIVER])


def run_controller(
    program: Path,
    model: SdramCycles,
    patterns: Sequence[tuple[str, int]],
    *,
    seed: int = 1,
    faults: str = "",
    capture: int | None = None,
) -> dict[str, dict[str, int]]:
    """Numbers of each pattern; RunFailed with the program's sentence if it finds something wrong.

    Parameters
    ----------
    model : the chip at its clock.
    patterns : names, as in the driver, and numbers of accesses; 0 stands for all words of the chip.
    faults : settings of the model's faults.
    capture : cycles until read data are sampled; as computed for `model` if None.
    """
    cycles = model.capture if capture is None else capture
    command = [str(program), model_settings(model), faults, str(seed), str(cycles)]
    for pattern, count in patterns:
        command += [pattern, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"It ended with status {done.returncode}."
        raise RunFailed(f"{said} (seed {seed}, {model.chip.name}, {model.frequency:g} MHz)")
    lines = (line.split() for line in done.stdout.splitlines())
    return {
        name: {key: int(value) for key, value in (word.split("=") for word in words)}
        for name, *words in lines
    }
