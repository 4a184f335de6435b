"""Deep block RAM, cut into banks."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.utils import ceil_log2

from lls_hw.contract.latency import BANKED_RAM_LATENCY, WIDE_RAM_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.ram import Ram, ram_ports

__all__ = ["BANK_WORDS", "BankedRam"]

BANK_WORDS = 4096
"""Largest bank: of four bits, it is one block RAM on all devices, without logic after it."""


class BankedRam(wiring.Component):
    """As `Ram`, with latency LATENCY: block RAM, a register for each bank, the choice of the bank.

    A block RAM is slow to answer, and far away; with a register of its own, no logic comes
    between. A technology whose memories are larger says so: its `bank_words` replaces
    `BANK_WORDS`.

    Parameters
    ----------
    width, depth : bits of a word, number of words.
    granularity : bits that one write-enable bit covers; the whole word by default.
    wide : the memory reaches over the whole device: each bank has registers of its own for what
        comes in, too. The latency is WIDE_LATENCY, and a write is seen by reads from two cycles
        later on.
    """

    LATENCY = BANKED_RAM_LATENCY
    WIDE_LATENCY = WIDE_RAM_LATENCY

    def __init__(self, width, depth, *, granularity=None, wide=False):
        self._width, self._depth, self._granularity = width, depth, granularity
        self._wide = wide
        super().__init__(ram_ports(width, depth, granularity))

    def elaborate(self, platform):
        m = Module()
        words = getattr(platform, "bank_words", BANK_WORDS)
        bits = ceil_log2(words)
        latency = self.WIDE_LATENCY if self._wide else self.LATENCY
        chosen = delay(m, self.read.addr[bits:], latency - 1, "chosen")
        banks = []
        for index, first in enumerate(range(0, self._depth, words)):
            bank = Ram(self._width, min(words, self._depth - first), granularity=self._granularity)
            m.submodules[f"bank_{index}"] = bank
            mine = self.write.addr[bits:] == index
            inputs = (
                ("read_addr", bank.read.addr, self.read.addr),
                ("write_addr", bank.write.addr, self.write.addr),
                ("write_data", bank.write.data, self.write.data),
                ("write_enable", bank.write.enable, Mux(mine, self.write.enable, 0)),
            )
            for name, port, value in inputs:
                if self._wide:
                    own = Signal.like(port, name=f"own_{name}_{index}")
                    m.d.sync += own.eq(value)
                    value = own
                m.d.comb += port.eq(value)
            banks.append(bank.read.data)
        m.d.sync += self.read.data.eq(Array(banks)[chosen])
        return m
