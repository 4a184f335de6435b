"""Sum of squares of a sample's latents."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.latency_local import SQUARE_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.widths import SQUARE_BITS

__all__ = ["SquareSum"]


class SquareSum(wiring.Component):
    """Adds up the squares of latents, one a cycle.

    A latent in cycle t is in `total` from cycle t + LATENCY = t + 3 on: it waits in a register of
    its own, near the multiplier.

    Members
    -------
    latent : taken where `add` is set. first : it starts a new sum.
    total : sum of squares.
    """

    LATENCY = 1 + SQUARE_LATENCY + 1

    latent: In(signed(LATENT_BITS))
    add: In(1)
    first: In(1)
    total: Out(SQUARE_BITS)

    def elaborate(self, platform):
        m = Module()
        own_latent, square = Signal(signed(LATENT_BITS)), Signal(2 * LATENT_BITS - 1)
        add = delay(m, self.add, 1 + SQUARE_LATENCY, "add")
        first = delay(m, self.first, 1 + SQUARE_LATENCY, "first")
        m.d.sync += [own_latent.eq(self.latent), square.eq(own_latent * own_latent)]
        with m.If(add & first):
            m.d.sync += self.total.eq(square)
        with m.Elif(add):
            m.d.sync += self.total.eq(self.total + square)
        return m
