"""The crossing between two clock domains: every byte once, in order, whatever the clocks do."""

import random

import pytest
from amaranth.hdl import Fragment, Module, Mux, Signal
from amaranth.sim import Simulator

from lls_hw.gateware.link.usb_burst import BURST_CYCLES, UsbBurst
from lls_hw.gateware.link.usb_crossing import Crossing
from lls_hw.gateware.link.usb_reset import RESET_CYCLES, UsbReset
from tests.link.bench import Bench

DOMAINS = ("usb", "sync")
DEADLINE = 200_000
_FIRST = 1e-6


class Doubtful:
    """A platform whose synchronizers take each bit that has just changed now or a cycle later.

    That is what real ones do at an edge in the wrong moment: of several bits that change at once
    some are taken and some are not.
    """

    def get_ff_sync(self, synchronizer):
        (source,) = set(DOMAINS) - {synchronizer._o_domain}
        m = Module()
        width = len(synchronizer.i)
        before, chosen, stage = Signal(width), Signal(width), Signal(width)
        # Bits of a maximal sequence decide.
        coin = Signal(31, init=random.Random(width).getrandbits(30) + 1)
        o_domain = m.d[synchronizer._o_domain]
        m.d[source] += before.eq(synchronizer.i)
        o_domain += coin.eq((coin << width) | (coin >> 31 - width) ^ (coin >> 28 - width))
        for bit in range(width):
            m.d.comb += chosen[bit].eq(Mux(coin[bit], synchronizer.i[bit], before[bit]))
        o_domain += [stage.eq(chosen), synchronizer.o.eq(stage)]
        return m


def crossed(sent: bytes, i: str, o: str, periods: dict, stalls: tuple) -> tuple[bytes, float]:
    """What comes out of a crossing, and the time that it took."""
    dut, out, took = Crossing(i, o), bytearray(), [0.0]
    simulator = Simulator(Fragment.get(dut, Doubtful()))
    for domain, (period, phase) in periods.items():
        simulator.add_clock(period, phase=phase, domain=domain)

    async def feed(ctx):
        random_ = random.Random(1)
        # The first cycles after configuration are those of the FIFO's own reset.
        await ctx.delay(_FIRST)
        for byte in sent:
            while random_.random() < stalls[0]:
                await ctx.tick(i)
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick(i).until(dut.i.ready)
            ctx.set(dut.i.valid, 0)

    async def collect(ctx):
        random_ = random.Random(2)
        await ctx.delay(_FIRST)
        for cycle in range(DEADLINE):
            ctx.set(dut.o.ready, random_.random() >= stalls[1])
            _, _, valid, ready, byte = await ctx.tick(o).sample(
                dut.o.valid, dut.o.ready, dut.o.payload
            )
            if valid and ready:
                out.append(byte)
                took[0] = cycle * periods[o][0]
            if len(out) == len(sent):
                return
        raise AssertionError("the simulation hangs")

    simulator.add_testbench(feed)
    simulator.add_testbench(collect)
    simulator.run()
    return bytes(out), took[0]


MHZ = [(12, 60), (12, 12.01), (48, 13)]


@pytest.mark.parametrize("usb, engine", MHZ)
@pytest.mark.parametrize("way", [DOMAINS, DOMAINS[::-1]], ids=["arriving", "leaving"])
@pytest.mark.parametrize("stalls", [(0, 0), (0.7, 0), (0, 0.8)])
def test_every_byte_crosses_once(usb, engine, way, stalls):
    sent = random.Random(engine).randbytes(60)
    periods = {"usb": (1e-6 / usb, 3e-9), "sync": (1e-6 / engine, 0)}
    out, took = crossed(sent, *way, periods, stalls)
    assert out == sent
    if stalls == (0, 0):
        slower = max(period for period, _ in periods.values())
        assert took <= (len(sent) + 8) * slower, "a byte a cycle of the slower clock"


def test_doubtful_synchronizers_find_a_code_that_is_not_gray():
    """A binary counter arrives as numbers that it never had; otherwise the test above is idle."""
    m, seen = Module(), set()
    count, previous, arrived = Signal(5), Signal(5), Signal(5)
    synchronizer = type("", (), {"i": count, "o": arrived, "_o_domain": "usb"})()
    m.submodules += Doubtful().get_ff_sync(synchronizer)
    m.d.sync += [count.eq(count + 1), previous.eq(count)]
    simulator = Simulator(m)
    simulator.add_clock(1e-6 / 60)
    simulator.add_clock(1e-6 / 61, domain="usb")

    async def watch(ctx):
        last = 0
        for _ in range(300):
            _, _, value = await ctx.tick("usb").sample(arrived)
            seen.add((value - last) % 32)
            last = value

    simulator.add_testbench(watch)
    simulator.run()
    assert not seen <= {0, 1, 2}


def test_burst_marks_the_byte_that_none_follows():
    out: list = []
    bench = Bench(dut := UsbBurst())
    bench.collect(dut.o, out)

    async def feed(ctx):
        for byte, pause in [(1, 0), (2, BURST_CYCLES - 1), (3, BURST_CYCLES + 3), (4, 40)]:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            for _ in range(pause):
                await ctx.tick()

    bench.add(feed)
    bench.run(lambda: len(out) == 4)
    assert [(item.byte, item.last) for item in out] == [(1, 0), (2, 0), (3, 1), (4, 1)]


@pytest.mark.parametrize("before, after", [(0, 0), (0.6, 0), (0, 0.9)])
def test_burst_loses_nothing_and_changes_nothing_that_waits(before, after):
    sent, out, changed = random.Random(3).randbytes(150), [], []
    bench = Bench(dut := UsbBurst())
    bench.feed(dut.i, sent, stall=before)
    bench.collect(dut.o, out, stall=after)

    async def steady(ctx):
        waiting = None
        async for _, _, valid, ready, item in ctx.tick().sample(
            dut.o.valid, dut.o.ready, dut.o.payload.as_value()
        ):
            if waiting is not None and (not valid or item != waiting):
                changed.append(item)
            waiting = item if valid and not ready else None

    bench._sim.add_testbench(steady, background=True)
    bench.run(lambda: len(out) == len(sent))
    assert bytes(item.byte for item in out) == sent
    assert out[-1].last and not changed
    if not before and not after:
        assert bench.cycles <= len(sent) + BURST_CYCLES + 4
        assert not any(item.last for item in out[:-1])


@pytest.mark.parametrize("cycles", [2, RESET_CYCLES - 1, RESET_CYCLES, RESET_CYCLES + 50])
def test_reset_is_longer_than_the_end_of_a_packet(cycles):
    seen = []
    bench = Bench(dut := UsbReset())

    async def wires(ctx):
        for state in [1] * 3 + [0] * cycles + [2] * 3:
            ctx.set(dut.i, state)
            await ctx.tick()
            seen.append(ctx.get(dut.o))

    bench.add(wires)
    bench.run()
    assert sum(seen) == max(0, cycles - RESET_CYCLES + 1)
    assert not any(seen[-3:]), "it ends with the first other state"
