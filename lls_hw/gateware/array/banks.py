"""Latents and errors of the local update unit, one bank a column."""

from amaranth.hdl import Array, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.latency import LATENT_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import ReadPort, WritePort
from lls_hw.gateware.ports import ErrorWrite, LatentRead

__all__ = ["LatentBanks"]


class LatentBanks(wiring.Component):
    """Chooses the column that a latent is read from and an error is written to.

    A latent follows its address by LATENCY cycles; an error's write leaves a cycle later. One
    read and one write a cycle.

    Members
    -------
    latents, errors : of the local update unit. reads, writes : of each column's memories.
    """

    LATENCY = LATENT_LATENCY

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        latent = (config.latent_depth, signed(LATENT_BITS))
        super().__init__(
            {
                "latents": In(LatentRead(config)),
                "errors": In(ErrorWrite(config)),
                "reads": Out(ReadPort(*latent)).array(config.cols),
                "writes": Out(WritePort(*latent)).array(config.cols),
            }
        )

    def elaborate(self, platform):
        m = Module()
        latents, errors = self.latents, self.errors
        bank = delay(m, latents.bank, Ram.LATENCY, "bank")
        m.d.sync += latents.data.eq(Array(read.data for read in self.reads)[bank])
        for c in range(self._cols):
            m.d.comb += self.reads[c].addr.eq(latents.addr)
            m.d.sync += [
                self.writes[c].addr.eq(errors.addr),
                self.writes[c].data.eq(errors.data),
                self.writes[c].enable.eq(errors.enable & (errors.bank == c)),
            ]
        return m
