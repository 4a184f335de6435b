"""UART: bytes on a serial line, 8 data bits, no parity, 1 stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out, connect, flipped

__all__ = ["Uart", "UartPins", "UartReceiver", "UartTransmitter", "rate"]

_RATE_BITS = 16
_SHORTEST = 8
"""Cycles that a bit must last."""
_DATA_BITS = 8
_STOP_BITS = 1
_FRAME_BITS = 1 + _DATA_BITS + _STOP_BITS
"""Bits of a byte on the line, the start bit among them."""


def rate(baud: int, frequency: float) -> int:
    """Fraction of a bit that passes in a cycle, in units of 2**-_RATE_BITS.

    ValueError when a bit has fewer than _SHORTEST cycles: sampling would no longer be safe.
    """
    if not 0 < baud * _SHORTEST <= frequency:
        raise ValueError(
            f"{baud} baud is not possible at {frequency / 1e6:g} MHz: a bit must last at least "
            f"{_SHORTEST} cycles, so choose 1..{frequency / _SHORTEST:.0f} baud."
        )
    return round((1 << _RATE_BITS) * baud / frequency)


class UartTransmitter(wiring.Component):
    """Sends one byte in 10 bits. The bit clock is a phase accumulator, so any ratio works.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz.

    Members
    -------
    i : the bytes. tx : the line.
    """

    i: In(stream.Signature(8))
    tx: Out(1, init=1)

    def __init__(self, baud: int, frequency: float) -> None:
        self._rate = rate(baud, frequency)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        phase, tick = Signal(_RATE_BITS), Signal()
        bits, left = Signal(_DATA_BITS + _STOP_BITS), Signal(range(_FRAME_BITS))
        m.d.sync += Cat(phase, tick).eq(phase + self._rate)
        m.d.comb += self.i.ready.eq(tick & (left == 0))
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += self.tx.eq(0)
            m.d.sync += bits.eq(Cat(self.i.payload, Const(1, _STOP_BITS)))
            m.d.sync += left.eq(_DATA_BITS + _STOP_BITS)
        with m.Elif(tick & (left != 0)):
            m.d.sync += [self.tx.eq(bits[0]), bits.eq(bits >> 1), left.eq(left - 1)]
        return m


class UartReceiver(wiring.Component):
    """Receives bytes and samples each bit in its middle. A byte without stop bit is dropped.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz.

    Members
    -------
    rx : the line. o : the bytes.
    """

    rx: In(1, init=1)
    o: Out(stream.Signature(8, always_ready=True))

    def __init__(self, baud: int, frequency: float) -> None:
        self._rate = rate(baud, frequency)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        phase, tick = Signal(_RATE_BITS), Signal()
        bits, left = Signal(_DATA_BITS), Signal(range(_FRAME_BITS + 1))
        m.d.sync += [Cat(phase, tick).eq(phase + self._rate), self.o.valid.eq(0)]
        with m.If(left == 0):
            with m.If(~line):
                m.d.sync += left.eq(_FRAME_BITS)
            # Half a bit from the falling edge to the first sample.
            m.d.sync += Cat(phase, tick).eq(1 << (_RATE_BITS - 1))
        with m.Elif(tick):
            m.d.sync += [left.eq(left - 1), bits.eq(Cat(bits[1:], line))]
            with m.If(left == _FRAME_BITS):
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
    baud : bits a second. frequency : of the clock, in Hz.

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
