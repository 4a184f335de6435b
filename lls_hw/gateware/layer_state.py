"""What the engine remembers of each layer: its requantisation shift."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LEVEL_BITS, MAGNITUDE_BITS, SHIFT_MAX, UPDATE_SHIFT_MAX
from lls_hw.contract.timing_array import SHIFT_LATENCY
from lls_hw.gateware.next_shift import NextShift
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.ports import ElementRead, element_write
from lls_hw.gateware.update_shift import UpdateShift

__all__ = ["LayerState"]

_SHIFT = range(SHIFT_MAX + 1)


class LayerState(wiring.Component):
    """Keeps two shifts of each layer: the next forward operation's, and the last one's.

    `forward` and `learn` are strobes. With `forward` the layer's shift becomes the one that its
    gradient will see. With `learn`, at the end of a training forward operation, the shift of its
    next batch replaces the shift: it belongs to the `magnitude` of `NextShift.LATENCY` cycles
    before. A classifier has the shift of its descriptor and keeps none.

    `act_shift` and `update_shift` follow `operation` by `LATENCY` cycles at most, so does
    `update_shift` the `level`.

    Members
    -------
    operation : the array's operation. level : of the errors in its layer.
    forward : a forward operation starts; `act_shift` is valid. learn : it ends.
    magnitude : OR of the magnitudes of its sums.
    act_shift, update_shift : of the operation. used_shift : of the layer's last forward operation.
    host : elements of `Space.STATE` to write, while idle; they take effect 2 cycles later.
    host_read : elements to read, while idle; 1 cycle.
    """

    LATENCY = SHIFT_LATENCY

    def __init__(self, config: Config) -> None:
        self._layers = range(config.max_layers)
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "level": In(signed(LEVEL_BITS)),
                "forward": In(1),
                "learn": In(1),
                "magnitude": In(MAGNITUDE_BITS),
                "act_shift": Out(_SHIFT),
                "used_shift": Out(_SHIFT),
                "update_shift": Out(range(UPDATE_SHIFT_MAX + 1)),
                "host": In(element_write()),
                "host_read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.following = following = NextShift()
        m.submodules.update = update = UpdateShift()
        m.submodules.shifts = shifts = Memory(shape=_SHIFT, depth=len(self._layers), init=[])
        m.submodules.used = used = Memory(shape=_SHIFT, depth=len(self._layers), init=[])
        shift, host_shift = (shifts.read_port(domain="comb") for _ in range(2))
        shift_write = shifts.write_port()
        used_shift, used_write = used.read_port(domain="comb"), used.write_port()
        operation, written = self.operation, self.host.payload
        host_enable, host_layer, host_value = Signal(), Signal(self._layers), Signal(_SHIFT)
        m.d.sync += [
            self.act_shift.eq(Mux(operation.classifier, operation.logit_shift, shift.data)),
            update.act_shift.eq(Mux(operation.classifier, 0, used_shift.data)),
            self.host_read.data.eq(host_shift.data),
            host_enable.eq(self.host.valid),
            host_layer.eq(written.addr),
            host_value.eq(written.data),
        ]
        m.d.comb += [
            following.magnitude.eq(self.magnitude),
            following.headroom.eq(operation.headroom),
            update.offset.eq(operation.update_offset),
            update.level.eq(self.level),
            self.used_shift.eq(update.act_shift),
            self.update_shift.eq(update.shift),
        ]
        m.d.comb += [
            shift.addr.eq(operation.layer),
            host_shift.addr.eq(self.host_read.addr),
            shift_write.en.eq(self.learn | host_enable),
            shift_write.addr.eq(Mux(self.learn, operation.layer, host_layer)),
            shift_write.data.eq(Mux(self.learn, following.shift, host_value)),
            used_shift.addr.eq(operation.layer),
            used_write.en.eq(self.forward),
            used_write.addr.eq(operation.layer),
            used_write.data.eq(self.act_shift),
        ]
        return m
