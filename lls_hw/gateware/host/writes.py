"""Router of the elements that the host writes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.registers import Space
from lls_hw.gateware.host.decoder import ELEMENT_LAYOUT
from lls_hw.gateware.host.places import (
    PLACES,
    port_name,
    stalls,
    waits_for_idle,
    write_signature,
)

__all__ = ["WriteRouter"]


class WriteRouter(wiring.Component):
    """Hands each element to its space or register as soon as that may be written.

    Latency 0. An element waits while `running`, unless its place may be written at any time
    (`places.waits_for_idle`), and while its place stalls it. One without a target is dropped once
    the engine is idle.

    Members
    -------
    i : elements.
    running : a program runs.
    <space> : elements of each space, named like the space in lower case.
    <register> : values written to each register, named like the register in lower case.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(ELEMENT_LAYOUT)),
                "running": In(1),
                **{port_name(place): Out(write_signature(place)) for place in PLACES},
            }
        )

    def elaborate(self, platform):
        m = Module()
        element, target = self.i.payload, self.i.payload.target
        idle = Signal()
        m.d.comb += idle.eq(~self.running)
        m.d.comb += self.i.ready.eq(target.at_once | idle)
        for place in PLACES:
            port, here = getattr(self, port_name(place)), target[port_name(place)]
            allowed = idle if waits_for_idle(place) else 1
            m.d.comb += port.valid.eq(self.i.valid & here & allowed)
            if stalls(place):
                with m.If(here):
                    m.d.comb += self.i.ready.eq(port.ready & allowed)
            if isinstance(place, Space):
                m.d.comb += port.payload.addr.eq(element.addr)
                m.d.comb += port.payload.data.eq(element.data)
            else:
                m.d.comb += port.payload.eq(element.data)
        return m
