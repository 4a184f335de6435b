"""UART: bytes on a serial line, 8 data bits, no parity, 1 stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.line import BYTE_BITS, DATA_BITS, PHASE_BITS, STOP_BITS, divider

__all__ = ["Uart", "UartPins", "UartReceiver", "UartTransmitter"]


class UartTransmitter(wiring.Component):
    """Sends one byte in 10 bits. The bit clock is a phase accumulator, so any ratio works.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz. LineError if they do not fit.

    Members
    -------
    i : the bytes. tx : the line.
    """

    i: In(stream.Signature(8))
    tx: Out(1, init=1)

    def __init__(self, baud: int, frequency: float) -> None:
        self._rate = divider(baud, frequency)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        phase, tick = Signal(PHASE_BITS), Signal()
        bits, left = Signal(DATA_BITS + STOP_BITS), Signal(range(BYTE_BITS))
        m.d.sync += Cat(phase, tick).eq(phase + self._rate)
        m.d.comb += self.i.ready.eq(tick & (left == 0))
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += self.tx.eq(0)
            m.d.sync += bits.eq(Cat(self.i.payload, Const(1, STOP_BITS)))
            m.d.sync += left.eq(DATA_BITS + STOP_BITS)
        with m.Elif(tick & (left != 0)):
            m.d.sync += [self.tx.eq(bits[0]), bits.eq(bits >> 1), left.eq(left - 1)]
        return m


class UartReceiver(wiring.Component):
    """Receives bytes and samples each bit in its middle. A byte without stop bit is dropped.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz. LineError if they do not fit.

    Members
    -------
    rx : the line. o : the bytes.
    """

    rx: In(1, init=1)
    o: Out(stream.Signature(8, always_ready=True))

    def __init__(self, baud: int, frequency: float) -> None:
        self._rate = divider(baud, frequency)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        phase, tick = Signal(PHASE_BITS), Signal()
        bits, left = Signal(DATA_BITS), Signal(range(BYTE_BITS + 1))
        m.d.sync += [Cat(phase, tick).eq(phase + self._rate), self.o.valid.eq(0)]
        with m.If(left == 0):
            with m.If(~line):
                m.d.sync += left.eq(BYTE_BITS)
            # Half a bit from the falling edge to the first sample.
            m.d.sync += Cat(phase, tick).eq(1 << (PHASE_BITS - 1))
        with m.Elif(tick):
            m.d.sync += [left.eq(left - 1), bits.eq(Cat(bits[1:], line))]
            with m.If(left == BYTE_BITS):
                with m.If(line):
                    m.d.sync += left.eq(0)
            with m.If(left == 1):
                m.d.sync += [self.o.valid.eq(line), self.o.payload.eq(bits)]
        return m


class UartPins(wiring.Signature):
    """The two wires of a serial line, seen from the board."""

    def __init__(self) -> None:
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1)})


class Uart(wiring.Component):
    """A serial line as the transport of a board; throughput one byte in 10 bits each way.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz. LineError if they do not fit.

    Members
    -------
    pins : the line.
    rx : bytes from the host. The line cannot wait: a byte that is not taken at once is lost.
    tx : bytes to the host.
    """

    pins: Out(UartPins())
    rx: Out(stream.Signature(8))
    tx: In(stream.Signature(8))

    def __init__(self, baud: int, frequency: float) -> None:
        self._baud, self._frequency = baud, frequency
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._baud, self._frequency)
        m.submodules.transmitter = transmitter = UartTransmitter(self._baud, self._frequency)
        connect(m, flipped(self.tx), transmitter.i)
        m.d.comb += [
            receiver.rx.eq(self.pins.rx),
            self.pins.tx.eq(transmitter.tx),
            self.rx.valid.eq(receiver.o.valid),
            self.rx.payload.eq(receiver.o.payload),
        ]
        return m
