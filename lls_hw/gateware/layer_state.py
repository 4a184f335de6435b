"""What the engine remembers of each layer: its requantisation shift."""

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACC_BITS, SHIFT_MAX, SLOPE_SHIFT, UPDATE_SHIFT_MAX
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.scale import LEVEL_BITS

__all__ = ["LayerState"]

_SHIFT = range(SHIFT_MAX + 1)
_MAGNITUDE_BITS = ACC_BITS + SLOPE_SHIFT
_ACT_BITS = 7
"""Bits of the largest activation."""


class LayerState(wiring.Component):
    """Shifts of all layers: delayed scaling and the shift of the weight update.

    `act_shift` and `update_shift` follow `operation` by 3 cycles. `learn` (in the last cycle of a
    training forward operation) stores the shift that the layer's next batch will use, from
    `magnitude`; the gradient of this batch still sees the shift that its forward pass used.

    Members
    -------
    operation, level : the array's operation and the error level of its layer.
    forward, learn : strobes: a forward operation starts (`act_shift` is valid), ends.
    host_* : the host's read and write access while idle; a write takes effect 2 cycles later.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        layer = ceil_log2(config.max_layers)
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "level": In(signed(LEVEL_BITS)),
                "forward": In(1),
                "learn": In(1),
                "magnitude": In(_MAGNITUDE_BITS),
                "act_shift": Out(_SHIFT),
                "update_shift": Out(range(UPDATE_SHIFT_MAX + 1)),
                "host_enable": In(1),
                "host_layer": In(layer),
                "host_data": In(_SHIFT),
                "host_shift": Out(_SHIFT),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, layers = self.operation, range(self._config.max_layers)
        shifts = Array(Signal(_SHIFT, name=f"shift_{k}") for k in layers)
        used = Array(Signal(_SHIFT, name=f"used_{k}") for k in layers)
        own = Signal(_SHIFT)
        wanted = Signal(signed(op.update_offset.shape().width + 2))
        m.d.sync += [
            self.act_shift.eq(Mux(op.classifier, op.logit_shift, shifts[op.layer])),
            own.eq(Mux(op.classifier, 0, used[op.layer])),
            wanted.eq(op.update_offset + own - self.level),
            self.update_shift.eq(wanted),
            self.host_shift.eq(shifts[self.host_layer]),
        ]
        with m.If(wanted < 0):
            m.d.sync += self.update_shift.eq(0)
        with m.Elif(wanted > UPDATE_SHIFT_MAX):
            m.d.sync += self.update_shift.eq(UPDATE_SHIFT_MAX)

        length = Signal(range(_MAGNITUDE_BITS + 1))
        spare = Signal(signed(len(length) + 2))
        following = Signal(_SHIFT)
        m.d.sync += length.eq(0)
        for bit in range(_MAGNITUDE_BITS):
            with m.If(self.magnitude[bit]):
                m.d.sync += length.eq(bit + 1)
        m.d.sync += [
            spare.eq(length + op.headroom - (SLOPE_SHIFT + _ACT_BITS)),
            following.eq(Mux(spare < 0, 0, Mux(spare > SHIFT_MAX, SHIFT_MAX, spare))),
        ]
        with m.If(self.forward):
            m.d.sync += used[op.layer].eq(self.act_shift)
        with m.If(self.learn):
            m.d.sync += shifts[op.layer].eq(following)
        write, layer, value = (
            Signal.like(s, name=f"late_{name}")
            for name, s in (
                ("enable", self.host_enable), ("layer", self.host_layer), ("data", self.host_data),
            )
        )  # fmt: skip
        m.d.sync += [write.eq(self.host_enable), layer.eq(self.host_layer)]
        m.d.sync += value.eq(self.host_data)
        with m.If(write):
            m.d.sync += shifts[layer].eq(value)
        return m
