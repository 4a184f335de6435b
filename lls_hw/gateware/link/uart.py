"""UART: bytes on a serial line, 8 data bits, no parity, 1 stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartReceiver", "UartTransmitter", "rate"]

_RATE_BITS = 16


def rate(baud: int, frequency: float) -> int:
    """Fraction of a bit that passes in a cycle, in units of 2**-16.

    ValueError when a bit has fewer than 8 cycles: sampling would no longer be safe.
    """
    if not 0 < baud * 8 <= frequency:
        raise ValueError(
            f"{baud} baud is not possible at {frequency / 1e6:g} MHz: a bit must last at least "
            f"8 cycles, so choose 1..{frequency / 8:.0f} baud."
        )
    return round((1 << _RATE_BITS) * baud / frequency)


class UartTransmitter(wiring.Component):
    """Sends bytes: 10 bits each. The bit clock is a phase accumulator, so any ratio works.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz.
    """

    i: In(stream.Signature(8))
    tx: Out(1, init=1)

    def __init__(self, baud: int, frequency: float) -> None:
        self._rate = rate(baud, frequency)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        phase, tick = Signal(_RATE_BITS), Signal()
        bits, left = Signal(9), Signal(range(11))
        m.d.sync += Cat(phase, tick).eq(phase + self._rate)
        m.d.comb += self.i.ready.eq(tick & (left == 0))
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [self.tx.eq(0), bits.eq(Cat(self.i.payload, Const(1, 1))), left.eq(9)]
        with m.Elif(tick & (left != 0)):
            m.d.sync += [self.tx.eq(bits[0]), bits.eq(bits >> 1), left.eq(left - 1)]
        return m


class UartReceiver(wiring.Component):
    """Receives bytes; samples each bit in its middle. A byte without stop bit is dropped.

    Parameters
    ----------
    baud : bits a second. frequency : of the clock, in Hz.
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
        bits, left = Signal(8), Signal(range(11))
        m.d.sync += [Cat(phase, tick).eq(phase + self._rate), self.o.valid.eq(0)]
        with m.If(left == 0):
            with m.If(~line):
                m.d.sync += left.eq(10)
            # Half a bit from the falling edge to the first sample.
            m.d.sync += Cat(phase, tick).eq(1 << (_RATE_BITS - 1))
        with m.Elif(tick):
            m.d.sync += [left.eq(left - 1), bits.eq(Cat(bits[1:], line))]
            with m.If(left == 10):
                with m.If(line):
                    m.d.sync += left.eq(0)
            with m.If(left == 1):
                m.d.sync += [self.o.valid.eq(line), self.o.payload.eq(bits)]
        return m
