"""USB: a board's own socket, wired to the FPGA, as the transport."""

from amaranth.hdl import ClockDomain, ClockSignal, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.link.usb_bytes import UsbBytes
from lls_hw.gateware.link.usb_ports import PULLUP

__all__ = ["Usb"]


class Usb(wiring.Component):
    """A serial port of the USB that the host finds by its product's name, see `UsbSerial`.

    Parameters
    ----------
    product : that name.
    clocks : a component that makes the clocks `usb` and `usb_io` from the oscillator, `clock`.
    pads : two pads that go both ways, D+ and D-, called `usb_ports.WIRES`.

    Members
    -------
    clock : oscillator. pins : all but the pads.
    rx : bytes from the host; it waits while they are not taken. tx : bytes to the host.
    io_ports : the pads, by name.
    """

    clock: In(1)
    pins: Out(wiring.Signature({PULLUP: Out(1)}))
    rx: Out(stream.Signature(8))
    tx: In(stream.Signature(8))

    def __init__(self, product: str, clocks: wiring.Component, pads: wiring.Component) -> None:
        self._product, self._clocks, self._pads = product, clocks, pads
        self.io_ports = {pads.port.name: pads.port}
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.usb = ClockDomain(reset_less=True)
        m.domains.usb_io = ClockDomain(reset_less=True)
        m.submodules.clocks = clocks = self._clocks
        m.submodules.pads = pads = self._pads
        m.submodules.bytes = bytes_ = UsbBytes(self._product)
        connect(m, bytes_.rx, flipped(self.rx))
        connect(m, flipped(self.tx), bytes_.tx)
        m.d.comb += [
            clocks.clock.eq(self.clock),
            ClockSignal("usb").eq(clocks.usb),
            ClockSignal("usb_io").eq(clocks.usb_io),
            bytes_.wires.i.eq(pads.i),
            pads.o.eq(bytes_.wires.o),
            pads.oe.eq(bytes_.wires.oe.replicate(2)),
            getattr(self.pins, PULLUP).eq(bytes_.wires.pullup),
        ]
        return m
