"""USB reset: notices when the host resets the bus."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.usb import BIT_RATE

__all__ = ["RESET_CYCLES", "UsbReset"]

_RESET_SECONDS = 10e-6
"""How long both wires are low; the end of a packet is 0.17 us, a reset at least 10 ms."""
RESET_CYCLES = round(_RESET_SECONDS * BIT_RATE)
"""The same in cycles of the bus's bit rate."""


class UsbReset(wiring.Component):
    """Watches the two wires of the bus, one sample a cycle of `BIT_RATE`.

    Members
    -------
    i : the wires. o : the bus is being reset, from RESET_CYCLES after its begin to its end.
    """

    i: In(2)
    o: Out(1)

    def elaborate(self, platform):
        m = Module()
        low = Signal(range(RESET_CYCLES + 1))
        m.d.comb += self.o.eq(low == RESET_CYCLES)
        with m.If(self.i != 0):
            m.d.sync += low.eq(0)
        with m.Elif(~self.o):
            m.d.sync += low.eq(low + 1)
        return m
