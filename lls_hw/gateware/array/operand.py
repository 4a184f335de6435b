"""Second operand of one column of the array: a weight, or an error."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS, OPERAND_BITS, WEIGHT_BITS
from lls_hw.contract.latency import OPERAND_LATENCY
from lls_hw.gateware.array.expander import Expander
from lls_hw.gateware.array.tokens import error_token
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory.weights import WeightStore
from lls_hw.gateware.memory_ports import ReadPort

__all__ = ["Operand"]


class Operand(wiring.Component):
    """Weights in forward operations, expanded errors in gradients; one a cycle.

    `v` follows the address of its weight or error by LATENCY cycles. The weight is taken
    WeightStore.LATENCY cycles after its address; with `token.read_addr` in cycle t, `token.shift`
    is taken in cycle t + SHIFT_AT and `negative` in cycle t + NEGATIVE_AT. An error, with all that
    belongs to it, is ERROR_LEAD cycles ahead of its x, a weight is not.

    Members
    -------
    gradient : stable. weight : of a forward operation. negative : the output was below 0.
    errors : read port of the errors. token : which of them, and its shift.
    v : second operand of the array.
    """

    LATENCY = OPERAND_LATENCY
    SHIFT_AT = Ram.LATENCY
    NEGATIVE_AT = OPERAND_LATENCY - Expander.NEGATIVE_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "gradient": In(1),
                "weight": In(signed(WEIGHT_BITS)),
                "errors": Out(ReadPort(config.latent_depth, LATENT_BITS)),
                "token": In(error_token(config)),
                "negative": In(1),
                "v": Out(signed(OPERAND_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.expander = expander = Expander()
        weight = delay(m, self.weight, self.LATENCY - WeightStore.LATENCY, "weight")
        m.d.comb += [
            self.errors.addr.eq(self.token.read_addr),
            expander.m.eq(self.errors.data),
            expander.shift.eq(self.token.shift),
            expander.negative.eq(self.negative),
            self.v.eq(Mux(self.gradient, expander.v, weight)),
        ]
        return m
