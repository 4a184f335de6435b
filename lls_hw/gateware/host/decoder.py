"""Decoder of the elements that the host writes."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.registers import Space
from lls_hw.gateware.bus import DATA_BITS, WriteLayout
from lls_hw.gateware.host.places import PLACES, port_name, stalls, waits_for_idle

__all__ = ["ELEMENT_LAYOUT", "ElementDecoder"]

_TARGETS = data.StructLayout({**{port_name(place): 1 for place in PLACES}, "at_once": 1})
ELEMENT_LAYOUT = data.StructLayout({"addr": ADDRESS_BITS, "data": DATA_BITS, "target": _TARGETS})
"""An element and where it goes, one-hot; `at_once`: neither a run nor a memory keeps it waiting."""


class ElementDecoder(wiring.Component):
    """Holds one element and says where it goes.

    An element that is taken in cycle t is at `o` from cycle t + 1 on; the next one is taken in
    the cycle after it has left: one element in 2 cycles at best. An element whose place the host
    cannot write has no target.
    """

    i: In(stream.Signature(WriteLayout))
    o: Out(stream.Signature(ELEMENT_LAYOUT))

    def elaborate(self, platform):
        m = Module()
        element, held, target = self.i.payload, self.o.payload, self.o.payload.target
        control = element.space == Space.CONTROL
        m.d.comb += self.i.ready.eq(~self.o.valid)
        m.d.sync += self.o.valid.eq(Mux(self.o.valid, ~self.o.ready, self.i.valid))
        at_once = []
        with m.If(self.i.ready):
            m.d.sync += [held.addr.eq(element.addr), held.data.eq(element.data)]
            for place in PLACES:
                is_space = isinstance(place, Space)
                chosen = element.space == place if is_space else control & (element.addr == place)
                m.d.sync += target[port_name(place)].eq(chosen)
                if not waits_for_idle(place) and not stalls(place):
                    at_once.append(chosen)
            m.d.sync += target.at_once.eq(reduce(or_, at_once))
        return m
