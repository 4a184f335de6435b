"""Activation unit of one column: LeakyReLU 1/8, requantisation, range tracking."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import WIDE_BITS, WIDE_FRACTION
from lls_hw.contract.formats import (
    ACC_BITS,
    ACT_BITS,
    ACT_MAX,
    LATENT_BITS,
    LATENT_MAX,
    MAGNITUDE_BITS,
    SHIFT_MAX,
    SLOPE_SHIFT,
)
from lls_hw.contract.latency import ACTIVATION_LATENCY
from lls_hw.gateware.arithmetic.narrowing_shift import NarrowingShift
from lls_hw.gateware.saturate import saturated, wide_activation, within

__all__ = ["Activation"]


class Activation(wiring.Component):
    """Accumulator to activation, latent and sign; `golden.integer.activation` is the definition.

    All outputs but `magnitude` follow `z` by LATENCY cycles; one accumulator a cycle. With
    `linear` (the classifier) the value is rounded and saturated to LATENT_BITS instead, and `h`
    has no meaning.

    Members
    -------
    z, valid : accumulator. `shift`, `linear` : stable during an operation.
    h : signed(8), -127..127. negative : z was below 0. latent : signed(18).
    magnitude : OR of |8 LeakyReLU(z)| (one's complement) since `clear`.
    wide : h before it is rounded, with WIDE_FRACTION fraction bits, if the unit is `wide`.
    """

    LATENCY = ACTIVATION_LATENCY

    z: In(signed(ACC_BITS))
    valid: In(1)
    shift: In(range(SHIFT_MAX + 1))
    linear: In(1)
    clear: In(1)
    h: Out(signed(ACT_BITS))
    negative: Out(1)
    latent: Out(signed(LATENT_BITS))
    magnitude: Out(MAGNITUDE_BITS)
    wide: Out(signed(WIDE_BITS))

    def __init__(self, wide: bool = False) -> None:
        self._fraction = WIDE_FRACTION if wide else 0
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        fraction = self._fraction
        below = 1 + fraction
        m.submodules.shifter = shifter = NarrowingShift(
            ACC_BITS + below, len(self.shift), LATENT_BITS + 1 + below
        )
        shifted = Signal.like(shifter.o)
        shifted_negative, rounded_negative = Signal(), Signal()
        shifted_over, over = Signal(), Signal()
        sloped = Signal.like(shifted)
        rounded = Signal(signed(LATENT_BITS + 2))

        m.d.sync += [
            shifted.eq(shifter.o),
            shifted_over.eq(shifter.over),
            shifted_negative.eq(self.z < 0),
            rounded.eq(((sloped >> fraction) + 1) >> 1),
            over.eq(shifted_over),
            rounded_negative.eq(shifted_negative),
            self.negative.eq(rounded_negative),
            self.latent.eq(
                Mux(
                    self.linear,
                    saturated(rounded, LATENT_MAX, over, rounded_negative),
                    saturated(rounded, ACT_MAX, over, rounded_negative),
                )
            ),
        ]
        m.d.comb += [
            shifter.i.eq(self.z << below),
            shifter.amount.eq(self.shift),
            sloped.eq(Mux(shifted_negative & ~self.linear, shifted >> SLOPE_SHIFT, shifted)),
            self.h.eq(self.latent[:ACT_BITS].as_signed()),
        ]

        if fraction:
            wide = Signal(signed(WIDE_BITS))
            m.d.sync += [
                wide.eq(sloped >> 1),
                self.wide.eq(
                    wide_activation(wide, within(rounded, ACT_MAX) & ~over, rounded_negative)
                ),
            ]

        magnitude = Mux(self.z < 0, ~self.z, self.z << SLOPE_SHIFT)
        with m.If(self.clear):
            m.d.sync += self.magnitude.eq(0)
        with m.Elif(self.valid):
            m.d.sync += self.magnitude.eq(self.magnitude | magnitude)
        return m
