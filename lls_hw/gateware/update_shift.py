"""Shift of the weight update: from a weight gradient to a weight step."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import LEVEL_BITS, SHIFT_MAX, UPDATE_SHIFT_MAX

__all__ = ["UpdateShift"]


class UpdateShift(wiring.Component):
    """The descriptor's offset, made whole by the scales of activations and errors.

    `shift` = `offset` + `act_shift` - `level`, limited to 0..UPDATE_SHIFT_MAX; it follows them by
    `LATENCY` cycles.

    Members
    -------
    offset : of the descriptor. act_shift : that the forward pass of the layer used.
    level : of the batch's errors in the layer.
    """

    LATENCY = 2

    offset: In(signed(FIELDS["update_offset"]))
    act_shift: In(range(SHIFT_MAX + 1))
    level: In(signed(LEVEL_BITS))
    shift: Out(range(UPDATE_SHIFT_MAX + 1))

    def elaborate(self, platform):
        m = Module()
        wanted = Signal(signed(len(self.offset) + 2))
        m.d.sync += wanted.eq(self.offset + self.act_shift - self.level)
        m.d.sync += self.shift.eq(wanted)
        with m.If(wanted < 0):
            m.d.sync += self.shift.eq(0)
        with m.Elif(wanted > UPDATE_SHIFT_MAX):
            m.d.sync += self.shift.eq(UPDATE_SHIFT_MAX)
        return m
