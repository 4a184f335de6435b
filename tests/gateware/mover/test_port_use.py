"""What a port does in a cycle."""

from itertools import product

from amaranth.sim import Simulator

from lls_hw.gateware.mover.port_use import PortUse


def test_one_use_in_every_cycle_of_a_port():
    dut, seen = PortUse(), []
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        for enable, taken, writes in product((0, 1), repeat=3):
            for signal, value in ((dut.enable, enable), (dut.taken, taken), (dut.writes, writes)):
                ctx.set(signal, value)
            await ctx.tick()
            uses = [ctx.get(signal) for signal in (dut.idle, dut.read, dut.write)]
            seen.append((enable, taken, writes))
            assert sum(uses) == enable
            assert uses[1] == (enable and taken and not writes)
            assert uses[2] == (enable and taken and writes)

    simulator.add_testbench(testbench)
    simulator.run()
    assert len(seen) == 8
