"""By how much the noise changes from one index to the next."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS
from lls_hw.gateware.update.noise import key_stream

__all__ = ["StepNoise"]


class StepNoise(wiring.Component):
    """XOR of the key words of all bits in which an index and the next one differ.

    These are its lowest bits, up to the lowest that is 0: as many different values as bits, made
    while the keys come and kept in a small memory. `noise` follows `index` by LATENCY = 1 cycle.

    Parameters
    ----------
    first, bits : number of the lowest bit's key word, and bits of the index.

    Members
    -------
    key : the layer's key words, one after the other.
    index : that of a weight. noise : the next one's noise, XOR that of this one.
    """

    LATENCY = 1

    def __init__(self, first: int, bits: int) -> None:
        self._first = first
        super().__init__({"key": In(key_stream()), "index": In(bits), "noise": Out(NOISE_BITS)})

    def elaborate(self, platform):
        m = Module()
        bits, key = len(self.index), self.key.payload
        m.submodules.memory = memory = Memory(shape=NOISE_BITS, depth=bits, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        before, number = Signal(NOISE_BITS), Signal(range(-self._first, self._first + 2 * bits))
        m.d.comb += [
            number.eq(key.number - self._first),
            write.addr.eq(number),
            write.data.eq(key.word ^ Mux(number == 0, 0, before)),
            write.en.eq(self.key.valid & (number >= 0) & (number < bits)),
        ]
        with m.If(self.key.valid):
            m.d.sync += before.eq(write.data)
        for bit in reversed(range(bits)):
            with m.If(~self.index[bit]):
                m.d.comb += read.addr.eq(bit)
        m.d.sync += self.noise.eq(read.data)
        return m
