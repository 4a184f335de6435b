"""The host's access to channel states."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.channels import CHANNEL, CHANNEL_ELEMENTS
from lls_hw.contract.config import Config
from lls_hw.gateware.channels.layouts import GradientState, OutputState
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.memory_ports import ReadPort, WritePort
from lls_hw.gateware.ports import ElementRead, element_write

__all__ = ["ChannelHost"]

_FIELD_BITS = ceil_log2(CHANNEL_ELEMENTS)
_ELEMENTS = [struct_layout(layout) for layout in CHANNEL]


class ChannelHost(wiring.Component):
    """Elements of `Space.CHANNEL` to whole states, and back.

    A state is written when its last element comes, in the cycle after it. An element is read
    ElementRead.LATENCY cycles after its address.

    Members
    -------
    write, read : elements.
    outputs_write, outputs_read, gradient_write, gradient_read : of both halves of a state.
    """

    def __init__(self, config: Config) -> None:
        depth = config.channel_depth
        super().__init__(
            {
                "write": In(element_write()),
                "read": In(ElementRead()),
                "outputs_write": Out(WritePort(depth, OutputState)),
                "outputs_read": Out(ReadPort(depth, OutputState)),
                "gradient_write": Out(WritePort(depth, GradientState)),
                "gradient_read": Out(ReadPort(depth, GradientState)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        written, asked = self.write.payload, self.read.addr
        held = [Signal(layout, name=f"element_{k}") for k, layout in enumerate(_ELEMENTS)]
        last = len(held) - 1
        channel, complete = written.addr[_FIELD_BITS:], Signal()
        m.d.comb += complete.eq(self.write.valid & (written.addr[:_FIELD_BITS] == last))
        for k, element in enumerate(held):
            with m.If(self.write.valid & (written.addr[:_FIELD_BITS] == k)):
                m.d.sync += element.eq(written.data)
        for port in (self.outputs_write, self.gradient_write):
            m.d.sync += [port.enable.eq(complete), port.addr.eq(channel)]
        m.d.comb += [
            self.outputs_write.data.eq(Cat(*held[:last])),
            self.gradient_write.data.eq(held[last]),
            self.outputs_read.addr.eq(asked[_FIELD_BITS:]),
            self.gradient_read.addr.eq(asked[_FIELD_BITS:]),
        ]
        outputs, gradient = self.outputs_read.data, self.gradient_read.data
        elements = [
            outputs.mean,
            Cat(outputs.deviation, outputs.unit),
            gradient.as_value(),
        ]
        with m.Switch(asked[:_FIELD_BITS]):
            for k, element in enumerate(elements):
                with m.Case(k):
                    m.d.sync += self.read.data.eq(element)
            with m.Default():
                m.d.sync += self.read.data.eq(0)
        return m
