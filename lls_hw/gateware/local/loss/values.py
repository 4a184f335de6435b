"""Memory of the logits and, in their place, of the powers."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from lls_hw.contract.config import Config
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.local.class_memory import ClassMemory
from lls_hw.gateware.local.ports import class_read, class_write
from lls_hw.gateware.local.widths import LOGIT_BITS, POWER_BITS

__all__ = ["ValueMemory"]


class ValueMemory(wiring.Component):
    """One word for each class: its logit until its power is written.

    Logits and powers are never written at once, and never read at once: the address of the one
    that is not read is 0. Read latency LATENCY cycles.

    Members
    -------
    logits, powers : writes. read_logits, read_powers : reads.
    """

    LATENCY = RAM_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "logits": In(class_write(signed(LOGIT_BITS))),
                "powers": In(class_write(POWER_BITS)),
                "read_logits": In(class_read(signed(LOGIT_BITS))),
                "read_powers": In(class_read(POWER_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = ClassMemory(self._config, max(LOGIT_BITS, POWER_BITS))
        logits, powers = self.logits, self.powers
        m.d.comb += [
            words.write.enable.eq(logits.enable | powers.enable),
            words.write.addr.eq(Mux(logits.enable, logits.addr, powers.addr)),
            words.write.data.eq(Mux(logits.enable, logits.data, powers.data)),
            words.read.addr.eq(self.read_logits.addr | self.read_powers.addr),
            self.read_logits.data.eq(words.read.data),
            self.read_powers.data.eq(words.read.data),
        ]
        return m
