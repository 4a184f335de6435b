"""Accumulator of one column: partial sums of a band of pixels."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACC_BITS, PSUM_BITS
from lls_hw.contract.latency import ACCUMULATE_LATENCY
from lls_hw.gateware.arithmetic.select_add import SelectAdd
from lls_hw.gateware.array.tokens import sum_token
from lls_hw.gateware.memory.ram import Ram

__all__ = ["Accumulator"]


class Accumulator(wiring.Component):
    """Adds the array's sums of one input tile to those of the tiles before.

    One sum a cycle. With `token.read_addr` in cycle t: `south` and `token.first` are taken in
    cycle t + READ_LATENCY, and `total` is there LATENCY cycles later; `token.write_addr` and
    `token.write_enable` belong to `total`.

    Members
    -------
    token : `first` starts a new sum. south : sum of this tile. total : of all tiles so far.
    """

    READ_LATENCY = Ram.LATENCY
    LATENCY = ACCUMULATE_LATENCY

    def __init__(self, config: Config) -> None:
        self._depth = config.acc_depth
        super().__init__(
            {
                "token": In(sum_token(config)),
                "south": In(signed(PSUM_BITS)),
                "total": Out(signed(ACC_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        token = self.token
        m.submodules.ram = ram = Ram(ACC_BITS, self._depth)
        m.d.comb += [
            ram.read.addr.eq(token.read_addr),
            ram.write.addr.eq(token.write_addr),
            ram.write.data.eq(self.total),
            ram.write.enable.eq(token.write_enable),
        ]
        m.submodules.adder = adder = SelectAdd(ACC_BITS)
        m.d.comb += [
            adder.a.eq(self.south),
            adder.b.eq(0),
            adder.c.eq(ram.read.data),
            adder.select.eq(token.first),
        ]
        m.d.sync += self.total.eq(adder.o)
        return m
