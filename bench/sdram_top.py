"""The SDRAM controller as a module of its own, for simulation and synthesis: plain port names."""

from amaranth.hdl import ClockDomain, ClockSignal, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.controller import SdramController

__all__ = ["SdramTop"]


class SdramTop(wiring.Component):
    """An `SdramController` without a reset, its streams and pins as single ports.

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

    def elaborate(self, platform):
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
