"""USB bytes: the serial port on the bus, with its bytes in the engine's clock domain."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.link.usb_crossing import Crossing
from lls_hw.gateware.link.usb_ports import UsbWires
from lls_hw.gateware.link.usb_serial import UsbSerial

__all__ = ["UsbBytes"]


class UsbBytes(wiring.Component):
    """Where the clocks of bus and engine meet.

    Domains `usb` and `usb_io` are those of `UsbSerial`, `sync` is the engine's, of any frequency.

    Parameters
    ----------
    product : the name that the device reports.

    Members
    -------
    wires : the bus. rx, tx : bytes from and to the host, in the domain `sync`.
    """

    wires: Out(UsbWires())
    rx: Out(stream.Signature(8))
    tx: In(stream.Signature(8))

    def __init__(self, product: str) -> None:
        self._product = product
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.serial = serial = UsbSerial(self._product)
        m.submodules.arriving = arriving = Crossing("usb", "sync")
        m.submodules.leaving = leaving = Crossing("sync", "usb")
        connect(m, serial.wires, flipped(self.wires))
        connect(m, serial.rx, arriving.i)
        connect(m, arriving.o, flipped(self.rx))
        connect(m, flipped(self.tx), leaving.i)
        connect(m, leaving.o, serial.tx)
        return m
