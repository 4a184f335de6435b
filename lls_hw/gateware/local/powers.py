"""Base-2 exponents to powers, and their sum."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import EXP2_TABLE, EXPONENT_FRACTION, PROBABILITY_FRACTION
from lls_hw.contract.timing_local import POWERS_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS
from lls_hw.gateware.local.logits import LOGIT_BITS
from lls_hw.gateware.local.loop import ClassLoop

__all__ = ["POWER_BITS", "Powers"]

POWER_BITS = PROBABILITY_FRACTION + 1
_SUM_BITS = POWER_BITS + CLASS_BITS
_LATENCY = 6


class Powers(wiring.Component):
    """``power = EXP2_TABLE[fraction] >> whole`` of the distance of each logit to the largest.

    `start` in cycle t: `done` in cycle t + classes + POWERS_DRAIN, when `total` is complete; it
    is stable until the next start.

    Members
    -------
    index : class whose logit is read; `logit` comes 2 cycles later.
    top : largest logit.
    write_en, write_class, power : store the power.
    total : sum of the powers.
    """

    start: In(1)
    classes: In(CLASS_BITS + 1)
    done: Out(1)
    index: Out(CLASS_BITS)
    logit: In(signed(LOGIT_BITS))
    top: In(signed(LOGIT_BITS))
    write_en: Out(1)
    write_class: Out(CLASS_BITS)
    power: Out(POWER_BITS)
    total: Out(_SUM_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(POWERS_DRAIN)
        m.submodules.table = table = Memory(
            shape=POWER_BITS, depth=len(EXP2_TABLE), init=EXP2_TABLE
        )
        read = table.read_port()
        distance = Signal(LOGIT_BITS)
        entry = Signal(POWER_BITS)
        whole = delay(m, distance[EXPONENT_FRACTION:], 2, "whole")
        shift = whole[: (POWER_BITS - 1).bit_length()]
        m.d.sync += [
            distance.eq(self.top - self.logit),
            entry.eq(read.data),
            self.power.eq(Mux(whole < POWER_BITS, entry >> shift, 0)),
        ]
        m.d.comb += [
            loop.start.eq(self.start),
            loop.classes.eq(self.classes),
            self.done.eq(loop.done),
            self.index.eq(loop.index),
            read.addr.eq(distance[:EXPONENT_FRACTION]),
            self.write_en.eq(delay(m, loop.valid, _LATENCY, "valid")),
            self.write_class.eq(delay(m, loop.index, _LATENCY, "index")),
        ]
        with m.If(self.start):
            m.d.sync += self.total.eq(0)
        with m.Elif(self.write_en):
            m.d.sync += self.total.eq(self.total + self.power)
        return m
