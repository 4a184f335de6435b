"""An SDRAM as the external memory of an engine."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.controller import SdramController
from lls_hw.gateware.external.ports import SdramPins
from lls_hw.gateware.mover.ports import COMMAND_LAYOUT, ELEMENT_BITS, ExternalPort
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["SdramMemory"]


class SdramMemory(wiring.Component):
    """Keeps one element in each word of a chip; a wider word's other bits are not used.

    Latency one cycle more than that of `SdramController`, throughput the same.

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
        # The chip's pins are far from the engine, and no path leads from one to the other at once.
        m.submodules.commands = commands = StreamBuffer(COMMAND_LAYOUT)
        m.submodules.written = written = StreamBuffer(ELEMENT_BITS)
        connect(m, controller.pins, flipped(self.pins))
        connect(m, flipped(self.port.command), commands.i)
        connect(m, flipped(self.port.write_data), written.i)
        port, words = self.port, controller.port
        m.d.comb += [
            words.command.valid.eq(commands.o.valid),
            words.command.payload.write.eq(commands.o.payload.write),
            words.command.payload.address.eq(commands.o.payload.addr),
            commands.o.ready.eq(words.command.ready),
            words.write_data.valid.eq(written.o.valid),
            words.write_data.payload.eq(written.o.payload),
            written.o.ready.eq(words.write_data.ready),
            port.read_data.valid.eq(words.read_data.valid),
            port.read_data.payload.eq(words.read_data.payload),
        ]
        return m
