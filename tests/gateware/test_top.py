"""The top with a transport that is no UART: pins, streams, clock and LEDs find each other."""

import re

import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.sim import Simulator

from lls_hw.gateware.link.uart import Uart
from lls_hw.gateware.stream_buffer import StreamBuffer
from lls_hw.gateware.top import Top
from lls_hw.gateware.verilog import elaborate


class Parallel(wiring.Component):
    """A transport that gets and gives whole bytes."""

    pins: Out(wiring.Signature({"strobe": In(1), "get": In(8), "give": Out(8), "given": Out(1)}))
    rx: Out(stream.Signature(8))
    tx: In(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.rx.valid.eq(self.pins.strobe),
            self.rx.payload.eq(self.pins.get),
            self.pins.give.eq(self.tx.payload),
            self.pins.given.eq(self.tx.valid),
            self.tx.ready.eq(1),
        ]
        return m


class Echo(wiring.Component):
    """Returns every byte a cycle later; busy while there is one."""

    rx: In(stream.Signature(8))
    tx: Out(stream.Signature(8))
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = StreamBuffer(8)
        connect(m, flipped(self.rx), buffer.i)
        connect(m, buffer.o, flipped(self.tx))
        m.d.comb += self.busy.eq(self.tx.valid)
        return m


class Through(wiring.Component):
    """A clock that is the oscillator."""

    clock: In(1)
    o: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(self.clock)
        return m


def ports(top) -> dict[str, str]:
    """Ports of the netlist: their direction."""
    body = re.findall(r"^module \\top$(.*?)^end$", elaborate(top, "top"), re.MULTILINE | re.DOTALL)
    found = re.findall(r"^  wire width \d+ (input|output) \d+  \\(\w+)$", body[0], re.MULTILINE)
    return {name: way for way, name in found}


def test_the_transport_brings_the_pins():
    common = {"clock": "input", "busy": "output"}
    top = Top(Echo(), Through(), Parallel(), 8, {"busy": False})
    pins = {"strobe": "input", "get": "input", "give": "output", "given": "output"}
    assert ports(top) == common | pins
    top = Top(Echo(), Through(), Uart(1, 8), 8, {"busy": False})
    assert ports(top) == common | {"rx": "input", "tx": "output"}


@pytest.mark.parametrize("inverted", [False, True])
def test_bytes_pass_and_leds_show(inverted):
    top = Top(Echo(), Through(), Parallel(), 8, {"busy": inverted, "alive": inverted})
    seen = []

    async def bench(ctx):
        for byte in [0x11, 0x22, *[None] * 14]:
            ctx.set(top.strobe, byte is not None)
            ctx.set(top.get, byte or 0)
            await ctx.delay(1)
            ctx.set(top.clock, 1)
            await ctx.delay(1)
            ctx.set(top.clock, 0)
            seen.append([ctx.get(member) for member in (top.given, top.give, top.busy, top.alive)])

    simulator = Simulator(top)
    simulator.add_testbench(bench)
    simulator.run()
    assert [give for given, give, *_ in seen if given] == [0x11, 0x22]
    assert [busy != inverted for *_, busy, _ in seen] == [True, True] + [False] * 14
    alive = [alive != inverted for *_, alive in seen]
    assert alive == [cycle % 8 >= 4 for cycle in range(1, 17)], "half a second is 4 cycles"
