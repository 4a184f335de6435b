"""The external memory's two users: the host while idle, the mover while a program runs."""

import random

import pytest
from amaranth.sim import Simulator

from lls_hw.gateware.mover.external_access import ExternalAccess

DEADLINE = 200


def simulate(bench):
    dut = ExternalAccess()
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        await bench(ctx, dut)

    simulator.add_testbench(testbench)
    simulator.run()


@pytest.mark.parametrize("seed", range(4))
def test_the_host_writes_and_reads(seed):
    """Elements come back, whichever half of a write the memory takes first."""
    rng = random.Random(seed)
    memory, expected, seen = {}, {}, {}

    async def bench(ctx, dut):
        commands, values = [], []

        async def cycle():
            """One cycle of the memory; returns whether it has answered a read."""
            answered = False
            for stream in (dut.external.command, dut.external.write_data):
                ctx.set(stream.ready, rng.random() < 0.5)
            command = ctx.get(dut.external.command.payload)
            asked = ctx.get(dut.external.command.valid) and ctx.get(dut.external.command.ready)
            if asked and command.write:
                commands.append(command.addr)
            given = ctx.get(dut.external.write_data.valid)
            if given and ctx.get(dut.external.write_data.ready):
                values.append(ctx.get(dut.external.write_data.payload))
            while commands and values:
                memory[commands.pop(0)] = values.pop(0)
            taken = ctx.get(dut.write.valid) and ctx.get(dut.write.ready)
            await ctx.tick()
            if asked and not command.write:
                for _ in range(rng.randrange(5)):
                    assert not ctx.get(dut.read.settled)
                    await ctx.tick()
                ctx.set(dut.external.read_data.payload, memory[command.addr])
                ctx.set(dut.external.read_data.valid, 1)
                await ctx.tick()
                ctx.set(dut.external.read_data.valid, 0)
                answered = True
            return taken, answered

        for _ in range(30):
            addr, value = rng.randrange(8), rng.randrange(1 << 16)
            expected[addr] = value
            ctx.set(dut.write.payload, {"addr": addr, "data": value})
            ctx.set(dut.write.valid, 1)
            for _ in range(DEADLINE):
                if (await cycle())[0]:
                    break
            else:
                pytest.fail("a write hangs")
            ctx.set(dut.write.valid, 0)
        assert not commands and not values
        for addr in expected:
            ctx.set(dut.read.ask, 1)
            await ctx.tick()
            ctx.set(dut.read.ask, 0)
            ctx.set(dut.read.addr, addr)
            for _ in range(DEADLINE):
                if (await cycle())[1]:
                    break
            else:
                pytest.fail("a read hangs")
            assert ctx.get(dut.read.settled)
            seen[addr] = ctx.get(dut.read.data)

    simulate(bench)
    assert memory == expected
    assert seen == expected


def test_the_mover_has_the_memory_while_a_program_runs():
    async def bench(ctx, dut):
        ctx.set(dut.write.payload, {"addr": 3, "data": 7})
        ctx.set(dut.write.valid, 1)
        ctx.set(dut.mover.command.payload, {"write": 0, "addr": 9})
        for running in (0, 1):
            ctx.set(dut.running, running)
            await ctx.tick()
            ctx.set(dut.mover.command.valid, 1)
            command = ctx.get(dut.external.command.payload)
            assert (command.write, command.addr) == ((0, 9) if running else (1, 3))
            ctx.set(dut.external.command.ready, 1)
            assert ctx.get(dut.mover.command.ready) == running
            ctx.set(dut.external.command.ready, 0)
            ctx.set(dut.external.read_data.valid, 1)
            assert ctx.get(dut.mover.read_data.valid) == running
            ctx.set(dut.external.read_data.valid, 0)

    simulate(bench)
