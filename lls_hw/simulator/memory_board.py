"""A simulated board with an external memory and no engine: quick enough to test all of it."""

from functools import cache
from pathlib import Path
from typing import Any

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.registers import TEST_CONTROLS
from lls_hw.contract.sdram import SdramError
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.driver.device import Device
from lls_hw.driver.transport import SimulatorTransport
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.external.memory import SdramMemory
from lls_hw.gateware.host.places import port_name
from lls_hw.gateware.host.port import HostPort
from lls_hw.gateware.mover.ports import ExternalPort
from lls_hw.gateware.mover.unit import MoverUnit
from lls_hw.gateware.system import System
from lls_hw.simulator.build import build
from lls_hw.simulator.sdram import simulated_sdram

__all__ = ["MemoryCore", "memory_device"]


class MemoryCore(wiring.Component):
    """What a core has for its external memory, and nothing else; no program ever runs.

    Members
    -------
    write_i, read_i, read_o, busy, external : as those of `Core`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "write_i": In(stream.Signature(WriteLayout)),
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "busy": Out(1),
                "external": Out(ExternalPort()),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.host = host = HostPort(self._config)
        m.submodules.mover = mover = MoverUnit(self._config)
        connect(m, flipped(self.write_i), host.write_i)
        connect(m, flipped(self.read_i), host.read_i)
        connect(m, host.read_o, flipped(self.read_o))
        for name in ("external", "external_read", *map(port_name, TEST_CONTROLS)):
            connect(m, getattr(host, name), getattr(mover, name))
        connect(m, mover.results, host.test)
        connect(m, mover.memory, flipped(self.external))
        m.d.comb += [self.busy.eq(mover.testing), host.running.eq(mover.testing)]
        return m


@cache
def _program(config: Config, sdram: SdramCycles) -> Path:
    """The board's program; that it is up to date is found once, since the design is elaborated."""
    system = System(config, core=MemoryCore(config), memory=SdramMemory(sdram))
    return build(system, "with a memory alone ", sdram)


def memory_device(config: Config) -> Device:
    """Starts the board with the memory of `config`, compiling it if necessary.

    SdramError if `config` has none.
    """
    sdram = simulated_sdram(config)
    if sdram is None:
        raise SdramError("external_depth is 0; a board with a memory alone needs one.")
    command = [str(_program(config, sdram)), "0", "--with-parent"]
    return Device(SimulatorTransport(command), config, name="the simulated memory")
