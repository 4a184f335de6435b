"""An SDRAM as the external memory of an engine."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.controller import SdramController
from lls_hw.gateware.external.ports import SdramPins
from lls_hw.gateware.mover.ports import ExternalPort

__all__ = ["SdramMemory"]


class SdramMemory(wiring.Component):
    """Keeps one element in each word of a chip; a wider word's other bits are not used.

    Latency and throughput are those of `SdramController`.

    Parameters
    ----------
    cycles : the chip at its clock.

    Members
    -------
    port : elements. pins : of the chip.
    """

    def __init__(self, cycles: SdramCycles) -> None:
        self._cycles = cycles
        super().__init__({"port": In(ExternalPort()), "pins": Out(SdramPins(cycles.chip))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.controller = controller = SdramController(self._cycles)
        connect(m, controller.pins, flipped(self.pins))
        port, words = self.port, controller.port
        m.d.comb += [
            words.command.valid.eq(port.command.valid),
            words.command.payload.write.eq(port.command.payload.write),
            words.command.payload.address.eq(port.command.payload.addr),
            port.command.ready.eq(words.command.ready),
            words.write_data.valid.eq(port.write_data.valid),
            words.write_data.payload.eq(port.write_data.payload),
            port.write_data.ready.eq(words.write_data.ready),
            port.read_data.valid.eq(words.read_data.valid),
            port.read_data.payload.eq(words.read_data.payload),
        ]
        return m
