"""A simulated board whose engine is a netlist of cells."""

from pathlib import Path

from lls_hw.contract.config import preset
from lls_hw.driver.device import Device
from lls_hw.driver.trainer import Trainer
from lls_hw.driver.transport import SimulatorTransport
from lls_hw.gateware.system import System
from lls_hw.golden.recorded import Recorded, recorded
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.simulator.build import compile_board
from tests.gates.netlist import Family, netlist

__all__ = ["board_of_cells", "trained_step"]

_DIGITS = "nano"
"""The preset whose recorded network is digits."""


def board_of_cells(name: str, family: Family, folder: Path) -> Device:
    """The engine of a preset, synthesised and compiled in `folder`; it ends with the device."""
    config = preset(name)
    verilog = netlist(System(config), "system", family, folder)
    options = [*family.options, "-CFLAGS", "-DLLS_BOARD_CLOCKS"]
    program = compile_board(verilog, folder / "obj", options=options, optimise="-O1")
    transport = SimulatorTransport([str(program), "0", "--with-parent"])
    return Device(transport, config, name="the netlist")


def trained_step(name: str, family: Family, folder: Path) -> list[int]:
    """Trains digits, and the recorded network of a preset, for a step; the cycles of each step.

    Mismatch if results, weights or cycles are not those of the golden model and of the compiler.
    """
    cases = [recorded(_DIGITS), *([recorded(name)] if name != _DIGITS else [])]
    with board_of_cells(name, family, folder) as device:
        return [_step(case, device) for case in cases]


def _step(case: Recorded, device: Device) -> int:
    """One step of one network; its cycles."""
    trainer = Trainer(device, case.network, case.batch)
    trainer.load(case.state)
    golden = Verifier(case.network, case.batch, case.state)
    first = case.batches[:1]
    for (inputs, labels), result in zip(first, trainer.train(first), strict=True):
        golden.step(inputs, labels, result)
    cycles = trainer.counters().cycles
    golden.check_weights(trainer.save())
    if cycles != trainer.program.train_cycles:
        raise Mismatch(f"The step took {cycles} cycles, not {trainer.program.train_cycles}.")
    return cycles
