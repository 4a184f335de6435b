"""How tests drive a host port."""

from dataclasses import replace

from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.gateware.host import HostPort
from lls_hw.gateware.host.places import COLUMNS, WRITTEN

TINY = preset("tiny")
MOMENTUM = replace(TINY, momentum=True)
SPACES = [space for space in WRITTEN if space not in COLUMNS]
EVENTS = ("run", "image_place", "test_place", "test_value", "test_pass")
REGISTERS = (
    "step", "image_shape", "momentum_shift", "sample_size", "sample_start", "sample_buffer",
    "sample_step",
)  # fmt: skip


def simulate(bench, config=TINY):
    dut = HostPort(config)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        ctx.set(dut.act.ready, 1)
        ctx.set(dut.external.ready, 1)
        ctx.set(dut.sample.ready, 1)
        ctx.set(dut.run.ready, 1)
        await bench(ctx, dut)

    simulator.add_testbench(testbench)
    simulator.run()


def active(ctx, dut):
    """Names of the ports that something goes to."""
    ports = [*(space.name.lower() for space in SPACES), *EVENTS]
    names = [name for name in ports if ctx.get(getattr(dut, name).valid)]
    return names + ["weights"] * ctx.get(dut.weights.write_enable)


async def idle(ctx, dut):
    """The run ends; a cycle later the host port knows."""
    ctx.set(dut.running, 0)
    await ctx.tick()


async def offer(ctx, dut, space, addr, value):
    """Hand an element over; a cycle later it is where it goes to, or waits."""
    ctx.set(dut.write_i.valid, 1)
    ctx.set(dut.write_i.payload, {"space": space, "addr": addr, "data": value})
    assert ctx.get(dut.write_i.ready)
    await ctx.tick()
    ctx.set(dut.write_i.valid, 0)
    assert not ctx.get(dut.write_i.ready)
