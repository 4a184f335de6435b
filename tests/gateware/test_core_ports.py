"""The core alone, without its engine: ports lead through, and no stream waits for `ready`."""

import random

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from lls_hw.contract.axi import INTERRUPT, REPLY_BYTES, STATUS, WORD_BYTES, AxiRegister
from lls_hw.contract.config import preset
from lls_hw.gateware import generic
from lls_hw.gateware.axi.core import AxiCore
from lls_hw.gateware.generic import GenericCore
from lls_hw.gateware.mover.ports import ExternalPort

VALID = ("m_axis_tvalid", "m_axis_command_tvalid", "m_axis_write_tvalid")
READY = tuple(name.replace("tvalid", "tready") for name in VALID)


class Echo(wiring.Component):
    """Stands for `System`: holds the last byte from the host on offer until it is taken, counts
    what is taken from its other streams, and is busy while it has a byte."""

    def __init__(self, config):
        external = {"external": Out(ExternalPort())} if config.external_depth else {}
        self._external = bool(external)
        super().__init__(
            {"rx": In(stream.Signature(8)), "tx": Out(stream.Signature(8)), "busy": Out(1)}
            | external
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.rx.ready.eq(1), self.busy.eq(self.tx.valid)]
        with m.If(self.tx.ready):
            m.d.sync += self.tx.valid.eq(0)
        with m.If(self.rx.valid):
            m.d.sync += [self.tx.valid.eq(1), self.tx.payload.eq(self.rx.payload)]
        if self._external:
            for joint in (self.external.command, self.external.write_data):
                count = Signal(8)
                m.d.sync += count.eq(count + (joint.valid & joint.ready))
                m.d.comb += [joint.valid.eq(1), joint.payload.eq(count)]
            with m.If(self.external.read_data.valid):
                m.d.sync += [
                    self.tx.valid.eq(1),
                    self.tx.payload.eq(self.external.read_data.payload),
                ]
        return m


@pytest.fixture(autouse=True)
def echo(monkeypatch):
    """The engine is another one; what is around it is the core's."""
    monkeypatch.setattr(generic, "System", Echo)


def simulate(dut, testbench, clock=True):
    simulator = Simulator(dut)
    if clock:
        simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


def test_streams_lead_through():
    """Each stream of the core has its own handshake, whatever the others do."""
    dut, rng = GenericCore(preset("tiny-sdram")), random.Random(1)

    async def testbench(ctx):
        counts, byte = {"command": 0, "write": 0}, None
        for _ in range(300):
            ready = {name: rng.randrange(2) for name in READY}
            offers = {name: rng.randrange(2) for name in ("s_axis_tvalid", "s_axis_read_tvalid")}
            given, read = rng.getrandbits(8), rng.getrandbits(8)
            for name, value in (ready | offers).items():
                ctx.set(getattr(dut, name), value)
            ctx.set(dut.s_axis_tdata, given)
            ctx.set(dut.s_axis_read_tdata, read)
            assert ctx.get(dut.s_axis_tready) == 1
            assert ctx.get(dut.m_axis_tvalid) == ctx.get(dut.busy) == (byte is not None)
            assert byte in (None, ctx.get(dut.m_axis_tdata))
            for name, count in counts.items():
                assert ctx.get(getattr(dut, f"m_axis_{name}_tvalid"))
                assert ctx.get(getattr(dut, f"m_axis_{name}_tdata")) == count % 256
                counts[name] = count + ready[f"m_axis_{name}_tready"]
            byte = None if ready["m_axis_tready"] else byte
            byte = given if offers["s_axis_tvalid"] else byte
            byte = read if offers["s_axis_read_tvalid"] else byte
            await ctx.tick()

    simulate(dut, testbench)


def test_nothing_waits_for_ready():
    """A stream is on offer before the other side is ready, and stays when it is not again."""
    dut = GenericCore(preset("tiny-sdram"))

    async def testbench(ctx):
        ctx.set(dut.s_axis_tvalid, 1)
        await ctx.tick()
        ctx.set(dut.s_axis_tvalid, 0)
        for ready in (0, 1, 0):
            for name in READY:
                ctx.set(getattr(dut, name), ready)
            assert all(ctx.get(getattr(dut, name)) for name in VALID), ready

    simulate(dut, testbench)


def test_core_on_the_bus():
    """Its reset is low, its clock is the bus's, and `STATUS` and `busy` say that it is busy."""
    dut = AxiCore(preset("nano"))

    async def testbench(ctx):
        async def edge():
            await ctx.delay(1e-7)
            ctx.set(dut.aclk, 1)
            await ctx.delay(1e-7)
            ctx.set(dut.aclk, 0)
            await ctx.delay(1e-7)

        async def put(channel, **payload):
            for name, value in payload.items():
                ctx.set(getattr(dut, f"s_axi_{channel}{name}"), value)
            ctx.set(getattr(dut, f"s_axi_{channel}valid"), 1)
            assert ctx.get(getattr(dut, f"s_axi_{channel}ready"))
            await edge()
            ctx.set(getattr(dut, f"s_axi_{channel}valid"), 0)

        async def read(register):
            await put("ar", addr=register)
            while not ctx.get(dut.s_axi_rvalid):
                await edge()
            word = ctx.get(dut.s_axi_rdata)
            ctx.set(dut.s_axi_rready, 1)
            await edge()
            ctx.set(dut.s_axi_rready, 0)
            return word

        async def write(register, word):
            await put("aw", addr=register)
            await put("w", data=word, strb=15)

        async def busy(cycles):
            seen = set()
            for _ in range(cycles):
                seen.add(ctx.get(dut.busy))
                await edge()
            return seen

        ctx.set(dut.aresetn, 1)
        ctx.set(dut.s_axi_bready, 1)
        await write(AxiRegister.INTERRUPT, INTERRUPT.pack(waiting=1))
        assert await busy(6) == {0}
        await write(AxiRegister.BYTE, 0x12)
        assert await busy(6) == {0, 1} and ctx.get(dut.irq)
        assert await read(AxiRegister.STATUS) == STATUS.pack(waiting=1, running=0)
        assert await read(AxiRegister.BYTE) == 0x12
        assert await busy(6) == {0} and not ctx.get(dut.irq)
        for _ in range(REPLY_BYTES // WORD_BYTES + 1):
            await write(AxiRegister.WORD, 0x44332211)
            await busy(WORD_BYTES)
        assert await busy(6) == {1}
        assert await read(AxiRegister.STATUS) == STATUS.pack(waiting=REPLY_BYTES, running=1)
        ctx.set(dut.aresetn, 0)
        await edge()
        ctx.set(dut.aresetn, 1)
        assert await busy(6) == {0} and not ctx.get(dut.irq)
        assert await read(AxiRegister.STATUS) == 0

    simulate(dut, testbench, clock=False)
