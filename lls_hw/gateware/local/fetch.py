"""Turns that the passes take in reading latents and basis."""

from amaranth.hdl import Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.latency_local import FETCH_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.ports import Fetch, Fetched
from lls_hw.gateware.ports import BasisRead, LatentRead

__all__ = ["FetchArbiter"]


class FetchArbiter(wiring.Component):
    """Reads latents and basis for the scattering pass where it asks, else for the gathering pass.

    One address a cycle; what is `fetched` comes LATENCY cycles after its address.

    Members
    -------
    gather, scatter : the passes; they never ask at once.
    latents, basis : the memories.
    fetched : a latent and its basis entries.
    """

    LATENCY = FETCH_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "gather": In(Fetch(config)),
                "scatter": In(Fetch(config)),
                "latents": Out(LatentRead(config)),
                "basis": Out(BasisRead(config)),
                "fetched": Out(Fetched(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        gather, scatter = self.gather, self.scatter
        second = scatter.enable
        m.d.sync += self.basis.addr.eq(Mux(second, scatter.basis_addr, gather.basis_addr))
        m.d.comb += [
            self.latents.addr.eq(Mux(second, scatter.addr, gather.addr)),
            self.latents.bank.eq(Mux(second, scatter.bank, gather.bank)),
            self.fetched.latent.eq(self.latents.data),
            Value.cast(self.fetched.basis).eq(self.basis.data),
            self.fetched.scatter.eq(delay(m, second, self.LATENCY, "scatter")),
        ]
        return m
