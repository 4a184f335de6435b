"""Memory test: writes and compares a pattern in the external memory."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.memory_check import ELEMENT_BITS, PASS, STRIDE, Pass
from lls_hw.contract.registers import TEST_CONTROLS, TEST_RESULTS
from lls_hw.gateware.host.places import RegisterValues, port_name, write_signature
from lls_hw.gateware.mover.ports import ExternalPort

__all__ = ["MemoryTest"]

UNDER_WAY_BITS = 8
"""Of the number of commands that an external memory has taken before their elements move."""


class MemoryTest(wiring.Component):
    """Passes over the external memory, one element a cycle at best; between them, somebody else's.

    A pass begins in the cycle after `test_pass` and takes as long as the memory takes for its
    elements; PAUSE takes one cycle for each. A read element is compared in the cycle after it came,
    and counted in the one after that: then `busy` falls.

    Members
    -------
    test_place, test_value, test_pass : values written to these registers, while not busy.
    busy : a pass is under way. results : of the last one.
    port : whose memory it is while not busy. external : the memory.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                **{
                    port_name(register): In(write_signature(register)) for register in TEST_CONTROLS
                },
                "busy": Out(1),
                "results": Out(RegisterValues(TEST_RESULTS)),
                "port": In(ExternalPort()),
                "external": Out(ExternalPort()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        external, given, own = self.external, self.test_pass.payload, ExternalPort().create()
        asked, what = Signal(PASS["count"].bits), Signal(PASS["what"].bits)
        address, place, value = (Signal(ADDRESS_BITS, name=n) for n in ("address", "place", "hash"))
        inverted, commanded, moved, paused = Signal(), Signal(), Signal(), Signal()
        asking = Signal()  # there are commands left to give
        ahead = Signal(UNDER_WAY_BITS)  # commands whose elements have not moved
        expected, wrong, compared = (
            Signal(ELEMENT_BITS), Signal(ELEMENT_BITS), Signal(ADDRESS_BITS)
        )  # fmt: skip
        m.d.comb += [
            paused.eq(what == Pass.PAUSE),
            own.command.valid.eq(asking & ~paused),
            own.command.payload.write.eq(what == Pass.WRITE),
            own.command.payload.addr.eq(address),
            own.read_data.ready.eq(1),
            # Elements follow their commands, in either direction.
            own.write_data.valid.eq((what == Pass.WRITE) & ahead.any()),
            own.write_data.payload.eq(expected),
            expected.eq(value[-ELEMENT_BITS:] ^ inverted.replicate(ELEMENT_BITS)),
            commanded.eq(own.command.valid & own.command.ready),
            moved.eq(own.read_data.valid | (own.write_data.valid & own.write_data.ready)),
        ]
        m.d.sync += [
            asked.eq(asked - (commanded | (paused & asking))),
            asking.eq((asked > 1) | (asked[0] & ~(commanded | paused))),
            ahead.eq(ahead + commanded - moved),
            address.eq(address + commanded),
            place.eq(place + moved),
            value.eq(value + Mux(moved, STRIDE, 0)),
            wrong.eq(Mux(own.read_data.valid, own.read_data.payload ^ expected, 0)),
            compared.eq(place),
        ]
        with m.If(self.busy):
            connect(m, own, flipped(external))
            m.d.sync += self.busy.eq(asking | ahead.any())
        with m.Else():
            connect(m, flipped(self.port), flipped(external))

        errors, first = self.results.test_errors, self.results.test_wrong
        found, state = self.results.test_found, self.results.test_state
        m.d.comb += [state.left.eq(asked), state.busy.eq(self.busy)]
        with m.If(wrong.any()):
            m.d.sync += [errors.eq(errors + 1), found.every.eq(found.every | wrong)]
            with m.If(~found.every.any()):
                m.d.sync += [first.eq(compared), found.first.eq(wrong)]
        with m.If(self.test_place.valid):
            m.d.sync += Cat(address, place).eq(self.test_place.payload.replicate(2))
        with m.If(self.test_value.valid):
            m.d.sync += value.eq(self.test_value.payload)
        with m.If(self.test_pass.valid):
            m.d.sync += [asked.eq(given.count), what.eq(given.what), inverted.eq(given.inverted)]
            m.d.sync += [self.busy.eq(1), asking.eq(given.count.any())]
            m.d.sync += [errors.eq(0), found.every.eq(0)]
        return m
