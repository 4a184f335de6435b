"""The host port: where elements go, and what waits while a program runs."""

import pytest

from lls_hw.contract.memory_check import PASS, Pass
from lls_hw.contract.registers import (
    IMAGE_PLACE,
    IMAGE_SHAPE,
    RUN,
    Register,
    Space,
)  # fmt: skip
from lls_hw.gateware.host.places import COLUMNS, PLACES, port_name, stalls
from tests.gateware.host_bench import (
    EVENTS,
    MOMENTUM,
    REGISTERS,
    SPACES,
    TINY,
    active,
    idle,
    offer,
    simulate,
)


def test_every_written_place_has_a_port_of_its_own():
    names = [port_name(place) for place in PLACES]
    assert len(set(names)) == len(names)

    async def bench(ctx, dut):
        assert {port_name(space) for space in SPACES} | {*EVENTS, *REGISTERS} <= set(
            dut.signature.members
        )

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_writes(space, running):
    """One element goes to one place, at once or not at all; to most in the next cycle."""
    name, later = space.name.lower(), not stalls(space) and space not in COLUMNS

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(ctx, dut, space, 37, 0x5A)
        taken = space.while_running or not running
        assert not ctx.get(dut.write_i.ready)
        if later:
            assert active(ctx, dut) == []
            await ctx.tick()
        assert active(ctx, dut) == [name] * taken
        element = ctx.get(getattr(dut, name).payload)
        assert (element.addr, element.data) == (37, 0x5A) or not taken
        await ctx.tick()
        assert ctx.get(dut.write_i.ready) == taken
        assert later <= (active(ctx, dut) == [])

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_control_writes(running):
    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.RUN, RUN.pack(buffer=1, first=3))
        assert active(ctx, dut) == []
        await ctx.tick()
        assert active(ctx, dut) == ["run"] * (not running)
        if running:
            await idle(ctx, dut)
            await ctx.tick()
        assert active(ctx, dut) == ["run"]
        assert (ctx.get(dut.run.payload.buffer), ctx.get(dut.run.payload.first)) == (1, 3)
        await ctx.tick().repeat(2)
        assert active(ctx, dut) == []
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.STEP, 0x0301)
        assert active(ctx, dut) == []
        await ctx.tick()
        assert ctx.get(dut.step) == 0x0301 * (not running)
        await idle(ctx, dut)
        await ctx.tick()
        assert ctx.get(dut.step) == 0x0301
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.CYCLES, 1)
        assert active(ctx, dut) == []
        await idle(ctx, dut)
        await ctx.tick()
        assert ctx.get(dut.write_i.ready)

    simulate(bench)


def test_step_number():
    """The host's, and one more after each training step, modulo 2**32."""

    async def bench(ctx, dut):
        await offer(ctx, dut, Space.CONTROL, Register.STEP, 2**32 - 2)
        await ctx.tick()
        seen = []
        for trained in (0, 1, 1, 0, 1):
            ctx.set(dut.trained, trained)
            seen.append(ctx.get(dut.step))
            await ctx.tick()
        assert [*seen, ctx.get(dut.step)] == [2**32 - 2, 2**32 - 2, 2**32 - 1, 0, 0, 1]

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_shape_and_place_of_images(running):
    """They are taken at once; the shape stays until the next one."""

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(
            ctx, dut, Space.CONTROL, Register.IMAGE_SHAPE, IMAGE_SHAPE.pack(width=32, channels=3)
        )
        assert active(ctx, dut) == []
        await ctx.tick()
        place = IMAGE_PLACE.pack(bank=3, word=0x123)
        await offer(ctx, dut, Space.CONTROL, Register.IMAGE_PLACE, place)
        assert active(ctx, dut) == ["image_place"]
        payload = ctx.get(dut.image_place.payload)
        assert (payload.bank, payload.word) == (3, 0x123)
        await ctx.tick()
        shape = ctx.get(dut.image_shape)
        assert (shape.width, shape.channels) == (32, 3)

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_passes_of_the_memory_test(running):
    """They begin when the engine is idle, one element after the other."""
    given = PASS.pack(count=1 << 24, what=Pass.READ, inverted=1)

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.TEST_PASS, given)
        assert active(ctx, dut) == ["test_pass"] * (not running)
        if running:
            await idle(ctx, dut)
        assert active(ctx, dut) == ["test_pass"]
        payload = ctx.get(dut.test_pass.payload)
        assert (payload.count, payload.what, payload.inverted) == (1 << 24, Pass.READ, 1)
        await ctx.tick()
        for name in ("test_place", "test_value"):
            await offer(ctx, dut, Space.CONTROL, Register[name.upper()], 0xABCDEF)
            assert active(ctx, dut) == [name]
            assert ctx.get(getattr(dut, name).payload) == 0xABCDEF
            await ctx.tick()

    simulate(bench)


def test_weight_writes():
    async def bench(ctx, dut):
        await offer(ctx, dut, Space.WEIGHT, 9 * TINY.cols + 3, 0x8001)
        assert active(ctx, dut) == ["weights"]
        assert ctx.get(dut.weights.write_addr) == 9
        assert ctx.get(dut.weights.write_column) == 3
        assert ctx.get(dut.weights.write_data) == 0x8001

    simulate(bench)


def test_velocity_writes():
    """Only an engine with momentum has them; any other takes and forgets them."""

    async def bench(ctx, dut):
        await offer(ctx, dut, Space.VELOCITY, 9 * TINY.cols + 3, 0x80000001)
        assert active(ctx, dut) == []
        assert ctx.get(dut.weights.write_velocity)
        assert ctx.get(dut.weights.write_addr) == 9
        assert ctx.get(dut.weights.write_column) == 3
        assert ctx.get(dut.weights.write_data) == 0x80000001
        await ctx.tick()
        await offer(ctx, dut, Space.CONTROL, Register.MOMENTUM_SHIFT, 5)
        assert active(ctx, dut) == [] and not ctx.get(dut.weights.write_velocity)
        await ctx.tick()
        assert ctx.get(dut.momentum_shift) == 5
        ctx.set(dut.running, 1)
        await offer(ctx, dut, Space.VELOCITY, 0, 1)
        assert not ctx.get(dut.weights.write_velocity) and not ctx.get(dut.write_i.ready)

    simulate(bench, MOMENTUM)

    async def without(ctx, dut):
        await offer(ctx, dut, Space.VELOCITY, 0, 1)
        assert active(ctx, dut) == []
        await ctx.tick()
        assert ctx.get(dut.write_i.ready)

    simulate(without)


def test_activation_memory_may_be_busy():
    async def bench(ctx, dut):
        ctx.set(dut.act.ready, 0)
        await offer(ctx, dut, Space.ACT, 0, 1)
        for ready in (0, 0, 1):
            ctx.set(dut.act.ready, ready)
            assert active(ctx, dut) == ["act"] and not ctx.get(dut.write_i.ready)
            await ctx.tick()
        ctx.set(dut.act.ready, 0)
        await offer(ctx, dut, Space.LABEL, 0, 1)
        await idle(ctx, dut)
        assert active(ctx, dut) == ["label"]

    simulate(bench)
