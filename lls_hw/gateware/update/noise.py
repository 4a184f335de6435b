"""Noise for stochastic rounding; `golden.noise` is the definition."""

from functools import reduce
from operator import or_, xor

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.contract.latency import NOISE_HASH_LATENCY, NOISE_KEY_CYCLES

__all__ = ["KEYS_LAYOUT", "KeyWords", "NoiseHash", "NoiseKeys", "key_stream"]

WORDS = 2 * NOISE_INDEX_BITS
KEYS_LAYOUT = data.ArrayLayout(NOISE_BITS, WORDS)
"""A key word for each bit of a weight's index: fan-in first, then fan-out."""


def _xorshift(x):
    x = (x ^ (x << 13))[:32]
    x = x ^ (x >> 17)
    return (x ^ (x << 5))[:32]


def _xor_of(terms):
    """XOR of masked words: two in a LUT4, four of these in another one."""
    level = [reduce(xor, terms[k : k + 2]) for k in range(0, len(terms), 2)]
    while len(level) > 1:
        level = [reduce(xor, level[k : k + 4]) for k in range(0, len(level), 4)]
    return level[0]


def key_stream() -> stream.Signature:
    """Key words, in order, each with its number."""
    layout = data.StructLayout({"number": range(WORDS), "word": NOISE_BITS})
    return stream.Signature(layout, always_ready=True)


class KeyWords(wiring.Component):
    """Key words of one layer and step: Jenkins' hash twice, then xorshift32.

    `start` in cycle t: the last word comes in cycle t + CYCLES - 1, the others in those before.
    """

    CYCLES = NOISE_KEY_CYCLES

    step: In(32)
    layer: In(5)
    start: In(1)
    key: Out(key_stream())

    def elaborate(self, platform):
        m = Module()
        a = Signal(32)
        second = Signal()
        phase = Signal(6, init=1)  # one of them
        count = Signal(range(WORDS))
        # One adder for all rounds: (a + shifted + constant) ^ mask.
        shifted, constant, mask = (
            Signal(32, name=name) for name in ("shifted", "constant", "mask")
        )
        rounds = (
            (a << 12, 0x7ED55D16, 0),
            (0, 0, 0xC761C23C ^ (a >> 19)),
            (a << 5, 0x165667B1, 0),
            (0, 0xD3A2646C, a << 9),
            (a << 3, 0xFD7046C5, 0),
            (0, 0, 0xB55A4F09 ^ (a >> 16)),
        )
        for term, values in zip((shifted, constant, mask), zip(*rounds, strict=True), strict=True):
            chosen = (Mux(phase[k], value, 0) for k, value in enumerate(values))
            m.d.comb += term.eq(reduce(or_, chosen))
        following = _xorshift(a)
        m.d.comb += [
            self.key.payload.number.eq(count),
            self.key.payload.word.eq(following[32 - NOISE_BITS :]),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [a.eq(self.step), second.eq(0), count.eq(0)]
                with m.If(self.start):
                    m.next = "MIX"
            with m.State("MIX"):
                m.d.sync += [phase.eq(phase.rotate_left(1)), a.eq((a + shifted + constant) ^ mask)]
                with m.If(phase[-1]):
                    m.next = "LAYER"
            with m.State("LAYER"):
                m.d.sync += second.eq(1)
                m.next = "MIX"
                with m.If(second):
                    m.d.sync += a[0].eq(a[0] | (a == 0))
                    m.next = "WORDS"
                with m.Else():
                    m.d.sync += a[: len(self.layer)].eq(a[: len(self.layer)] ^ self.layer)
            with m.State("WORDS"):
                m.d.comb += self.key.valid.eq(1)
                m.d.sync += [a.eq(following), count.eq(count + 1)]
                with m.If(count == WORDS - 1):
                    m.next = "IDLE"
        return m


class NoiseKeys(wiring.Component):
    """All key words of one layer and step.

    `start` in cycle t: `keys` are complete in cycle t + CYCLES and stable until the next start.
    """

    CYCLES = NOISE_KEY_CYCLES

    step: In(32)
    layer: In(5)
    start: In(1)
    keys: Out(KEYS_LAYOUT)

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = KeyWords()
        m.d.comb += [
            words.step.eq(self.step),
            words.layer.eq(self.layer),
            words.start.eq(self.start),
        ]
        with m.If(words.key.valid):
            m.d.sync += self.keys[WORDS - 1].eq(words.key.payload.word)
            m.d.sync += [self.keys[k].eq(self.keys[k + 1]) for k in range(WORDS - 1)]
        return m


class NoiseHash(wiring.Component):
    """XOR of the key words over the set bits of a weight's index, LATENCY cycles later.

    Members
    -------
    keys : from NoiseKeys. fan_in, fan_out : index of the weight.
    noise : of that weight.
    """

    LATENCY = NOISE_HASH_LATENCY

    keys: In(KEYS_LAYOUT)
    fan_in: In(NOISE_INDEX_BITS)
    fan_out: In(NOISE_INDEX_BITS)
    noise: Out(NOISE_BITS)

    def elaborate(self, platform):
        m = Module()
        halves = []
        for half, index in enumerate((self.fan_in, self.fan_out)):
            terms = [
                Mux(index[bit], self.keys[half * NOISE_INDEX_BITS + bit], 0)
                for bit in range(NOISE_INDEX_BITS)
            ]
            part = Signal(NOISE_BITS, name=f"part_{half}")
            m.d.sync += part.eq(_xor_of(terms))
            halves.append(part)
        m.d.sync += self.noise.eq(halves[0] ^ halves[1])
        return m
