"""Noise for stochastic rounding; `golden.noise` is the definition."""

from functools import reduce
from operator import xor

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.contract.latency import NOISE_HASH_LATENCY, NOISE_KEY_CYCLES

__all__ = ["KEYS_LAYOUT", "NoiseHash", "NoiseKeys"]

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


class NoiseKeys(wiring.Component):
    """Key words of one layer and step: Jenkins' hash twice, then xorshift32.

    `start` in cycle t: `keys` are complete in cycle t + CYCLES and stable until the next start.
    """

    CYCLES = NOISE_KEY_CYCLES

    step: In(32)
    layer: In(5)
    start: In(1)
    keys: Out(KEYS_LAYOUT)

    def elaborate(self, platform):
        m = Module()
        a = Signal(32)
        second = Signal()
        phase = Signal(range(6))
        count = Signal(range(WORDS))
        rounds = (
            a + 0x7ED55D16 + (a << 12),
            a ^ 0xC761C23C ^ (a >> 19),
            a + 0x165667B1 + (a << 5),
            (a + 0xD3A2646C) ^ (a << 9),
            a + 0xFD7046C5 + (a << 3),
            a ^ 0xB55A4F09 ^ (a >> 16),
        )
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [a.eq(self.step), second.eq(0), phase.eq(0), count.eq(0)]
                with m.If(self.start):
                    m.next = "MIX"
            with m.State("MIX"):
                m.d.sync += phase.eq(phase + 1)
                with m.Switch(phase):
                    for k, value in enumerate(rounds):
                        with m.Case(k):
                            m.d.sync += a.eq(value)
                with m.If(phase == len(rounds) - 1):
                    m.next = "LAYER"
            with m.State("LAYER"):
                m.d.sync += [second.eq(1), phase.eq(0)]
                m.d.sync += a.eq(Mux(second, a | (a == 0), a ^ self.layer))
                m.next = "MIX"
                with m.If(second):
                    m.next = "WORDS"
            with m.State("WORDS"):
                following = _xorshift(a)
                m.d.sync += [a.eq(following), count.eq(count + 1)]
                m.d.sync += self.keys[WORDS - 1].eq(following[32 - NOISE_BITS :])
                for k in range(WORDS - 1):
                    m.d.sync += self.keys[k].eq(self.keys[k + 1])
                with m.If(count == WORDS - 1):
                    m.next = "IDLE"
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
