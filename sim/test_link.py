"""The link as on a board, from pin to pin, under cocotb."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from lls_hw.gateware.link.link import Link
from lls_hw.gateware.link.uart import Uart
from sim.simulation import simulate
from tests.link.fake_core import FakeCore

BAUD, FREQUENCY = 3_000_000, 31_250_000
"""10.4 cycles a bit: the phase accumulator has to alternate."""


class SerialMemory(wiring.Component):
    """UART, link, and a memory in place of the engine."""

    rx: In(1, init=1)
    tx: Out(1, init=1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.uart = uart = Uart(BAUD, FREQUENCY)
        m.submodules.link = link = Link()
        m.submodules.core = core = FakeCore()
        m.d.comb += [uart.pins.rx.eq(self.rx), self.tx.eq(uart.pins.tx)]
        connect(m, uart.rx, link.rx)
        connect(m, link.tx, uart.tx)
        connect(m, link.write, core.write_i)
        connect(m, link.read, core.read_i)
        connect(m, core.read_o, link.data)
        return m


def test_link_from_pin_to_pin():
    simulate(SerialMemory(), "sim.link_bench", {"baud": BAUD, "frequency": FREQUENCY})
