"""Cell sums of one column: the latents of a map, without a second look at its pixels."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import WIDE_BITS, WIDE_FRACTION
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS, ACT_MAX, CELL_BITS, LATENT_BITS
from lls_hw.contract.latency import CELL_AVERAGE_LATENCY, CELL_TOTAL_LATENCY
from lls_hw.gateware.arithmetic.select_add import SelectAdd
from lls_hw.gateware.saturate import saturated, wide_average

__all__ = ["CellSums"]


class CellSums(wiring.Component):
    """Adds values up by cell; one value a cycle.

    `total` follows `value` by TOTAL_LATENCY cycles: the sum of the cell, `value` included.
    `average` follows by AVERAGE_LATENCY cycles: the sum shifted right, rounded half up and
    saturated to int8. The compiler makes sure that sums fit LATENT_BITS. If the unit is `wide`, so
    is `wide`, the average before it is rounded, with WIDE_FRACTION fraction bits.

    Members
    -------
    value, cell, first, enable : what is added where; `first` starts a new sum.
    shift : stable.
    """

    TOTAL_LATENCY = CELL_TOTAL_LATENCY
    AVERAGE_LATENCY = CELL_AVERAGE_LATENCY

    value: In(signed(LATENT_BITS))
    enable: In(1)
    cell: In(2 * CELL_BITS)
    first: In(1)
    shift: In(FIELDS["average_shift"])
    total: Out(signed(LATENT_BITS))
    average: Out(signed(ACT_BITS))
    wide: Out(signed(WIDE_BITS))

    def __init__(self, wide: bool = False) -> None:
        self._fraction = WIDE_FRACTION if wide else 0
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        fraction = self._fraction
        m.submodules.sums = sums = Memory(
            shape=signed(LATENT_BITS), depth=1 << 2 * CELL_BITS, init=[]
        )
        read, write = sums.read_port(domain="comb"), sums.write_port()
        m.submodules.adder = adder = SelectAdd(LATENT_BITS)
        shifted = Signal(signed(LATENT_BITS + 1 + fraction))
        rounded = Signal(signed(LATENT_BITS + 1))
        m.d.comb += [
            read.addr.eq(self.cell),
            adder.a.eq(self.value),
            adder.b.eq(0),
            adder.c.eq(read.data),
            adder.select.eq(self.first),
            write.addr.eq(self.cell),
            write.data.eq(adder.o),
            write.en.eq(self.enable),
            rounded.eq(((shifted >> fraction) + 1) >> 1),
        ]
        if fraction:
            m.d.sync += self.wide.eq(wide_average(shifted >> 1))
        m.d.sync += [
            self.total.eq(adder.o),
            shifted.eq((self.total << 1 + fraction) >> self.shift),
            self.average.eq(saturated(rounded, ACT_MAX)),
        ]
        return m
