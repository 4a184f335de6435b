"""Votes: sums of the exponents of all layers, for each sample and class."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.ports import class_write
from lls_hw.gateware.local.widths import LOGIT_BITS, VOTE_BITS
from lls_hw.gateware.memory.ram import Ram

__all__ = ["Votes"]


class Votes(wiring.Component):
    """Adds a layer's exponents to those of the layers before, and finds the largest sum.

    One exponent a cycle, classes in order; `prediction` is the first class with the largest sum of
    those that came LATENCY cycles ago or earlier.

    Members
    -------
    command : stable from `first` on. first : before the first sample. sample_end : to the next one.
    exponent : of a class.
    prediction : of the sample.
    """

    LATENCY = RAM_LATENCY + 2

    def __init__(self, config: Config) -> None:
        self._depth = config.vote_depth
        super().__init__(
            {
                "command": In(command_layout(config)),
                "first": In(1),
                "sample_end": In(1),
                "exponent": In(class_write(signed(LOGIT_BITS))),
                "prediction": Out(CLASS_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command, exponent = self.command, self.exponent
        m.submodules.sums = sums = Ram(VOTE_BITS, self._depth)
        base, addr = Signal(ceil_log2(self._depth)), Signal(ceil_log2(self._depth))
        m.d.comb += addr.eq(base + exponent.addr)
        at_sum = RAM_LATENCY
        enable = delay(m, exponent.enable & command.vote, at_sum, "enable")
        data = delay(m, exponent.data, at_sum, "data")
        total, top = Signal(signed(VOTE_BITS)), Signal(signed(VOTE_BITS))
        there = delay(m, enable, 1, "there")
        number = delay(m, exponent.addr, at_sum + 1, "number")
        m.d.sync += total.eq(Mux(command.vote_first, 0, sums.read.data.as_signed()) + data)
        m.d.comb += [
            sums.read.addr.eq(addr),
            sums.write.enable.eq(there),
            sums.write.addr.eq(delay(m, addr, at_sum + 1, "addr")),
            sums.write.data.eq(total),
        ]
        with m.If(there & ((number == 0) | (total > top))):
            m.d.sync += [top.eq(total), self.prediction.eq(number)]
        with m.If(self.first):
            m.d.sync += base.eq(0)
        with m.Elif(self.sample_end):
            m.d.sync += base.eq(base + command.classes)
        return m
