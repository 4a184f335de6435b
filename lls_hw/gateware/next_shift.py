"""Delayed scaling: the requantisation shift that a layer's next batch will use."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_MAX, MAGNITUDE_BITS, SHIFT_MAX, SLOPE_SHIFT

__all__ = ["NextShift"]


class NextShift(wiring.Component):
    """`golden.integer.next_shift`: the largest activation shall have `headroom` bits to spare.

    `shift` follows `magnitude` by `LATENCY` cycles.

    Members
    -------
    magnitude : OR of the magnitudes of all sums of the batch. headroom : of the layer, in bits.
    shift : of the next batch, 0..SHIFT_MAX.
    """

    LATENCY = 3

    magnitude: In(MAGNITUDE_BITS)
    headroom: In(FIELDS["headroom"])
    shift: Out(range(SHIFT_MAX + 1))

    def elaborate(self, platform):
        m = Module()
        length = Signal(range(MAGNITUDE_BITS + 1))
        spare = Signal(signed(len(length) + 2))
        m.d.sync += length.eq(0)
        for bit in range(MAGNITUDE_BITS):
            with m.If(self.magnitude[bit]):
                m.d.sync += length.eq(bit + 1)
        m.d.sync += [
            spare.eq(length + self.headroom - (SLOPE_SHIFT + ACT_MAX.bit_length())),
            self.shift.eq(Mux(spare < 0, 0, Mux(spare > SHIFT_MAX, SHIFT_MAX, spare))),
        ]
        return m
