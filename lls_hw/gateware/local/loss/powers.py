"""Base-2 exponents to powers, and their sum."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.formats import CLASS_BITS, EXP2_TABLE, EXPONENT_FRACTION
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.contract.latency_local import POWER_LATENCY, TABLE_LATENCY
from lls_hw.contract.timing_local import POWERS_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.loss.class_loop import ClassLoop
from lls_hw.gateware.local.ports import Run, class_read, class_write
from lls_hw.gateware.local.widths import LOGIT_BITS, POWER_BITS, POWER_SUM_BITS

__all__ = ["Powers"]


class Powers(wiring.Component):
    """``power = EXP2_TABLE[fraction] >> whole`` of the distance of each logit to the largest.

    A start in cycle t: `run.done` marks cycle t + classes + POWERS_DRAIN, when `total` is
    complete; it is stable until the next start.

    Members
    -------
    run : start and end. classes : number of classes, stable.
    read : logits, RAM_LATENCY cycles from address to data; the address is 0 while none is read.
    top : largest logit.
    write : stores a power.
    total : sum of the powers.
    """

    run: In(Run())
    classes: In(CLASS_BITS + 1)
    read: Out(class_read(signed(LOGIT_BITS)))
    top: In(signed(LOGIT_BITS))
    write: Out(class_write(POWER_BITS))
    total: Out(POWER_SUM_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(POWERS_DRAIN)
        m.submodules.table = table = Memory(
            shape=POWER_BITS, depth=len(EXP2_TABLE), init=EXP2_TABLE
        )
        connect(m, flipped(self.run), loop.run)
        read, write = table.read_port(), self.write
        distance = Signal(LOGIT_BITS)
        entry = Signal(POWER_BITS)
        whole = delay(m, distance[EXPONENT_FRACTION:], TABLE_LATENCY, "whole")
        shift = whole[: (POWER_BITS - 1).bit_length()]
        m.d.sync += [
            distance.eq(self.top - self.read.data),
            entry.eq(read.data),
            write.data.eq(Mux(whole < POWER_BITS, entry >> shift, 0)),
        ]
        m.d.comb += [
            loop.classes.eq(self.classes),
            self.read.addr.eq(loop.index),
            read.addr.eq(distance[:EXPONENT_FRACTION]),
            write.enable.eq(delay(m, loop.valid, RAM_LATENCY + POWER_LATENCY, "valid")),
            write.addr.eq(delay(m, loop.index, RAM_LATENCY + POWER_LATENCY, "index")),
        ]
        with m.If(self.run.start):
            m.d.sync += self.total.eq(0)
        with m.Elif(write.enable):
            m.d.sync += self.total.eq(self.total + write.data)
        return m
