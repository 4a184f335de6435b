"""The link as on a board, from pin to pin, under cocotb."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from lls_hw.gateware.link.link import Link
from lls_hw.gateware.link.uart import UartReceiver, UartTransmitter
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
        m.submodules.receiver = receiver = UartReceiver(BAUD, FREQUENCY)
        m.submodules.transmitter = transmitter = UartTransmitter(BAUD, FREQUENCY)
        m.submodules.link = link = Link()
        m.submodules.core = core = FakeCore()
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx)]
        m.d.comb += [  # the link is always ready for a byte
            link.rx.payload.eq(receiver.o.payload),
            link.rx.valid.eq(receiver.o.valid),
        ]
        connect(m, link.tx, transmitter.i)
        connect(m, link.write, core.write_i)
        connect(m, link.read, core.read_i)
        connect(m, core.read_o, link.data)
        return m


def test_link_from_pin_to_pin():
    simulate(SerialMemory(), "sim.link_bench", {"baud": BAUD, "frequency": FREQUENCY})
