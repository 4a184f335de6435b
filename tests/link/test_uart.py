"""The UART, in a loop and against clocks that are off."""

import random

import pytest
from amaranth.hdl import Module

from lls_hw.gateware.link.uart import Uart, UartReceiver, UartTransmitter
from tests.link.bench import Bench


@pytest.mark.parametrize(
    ("baud", "sender", "receiver"),
    [
        (3_000_000, 60e6, 60e6), (3_000_000, 62.5e6, 62.5e6), (3_000_000, 24e6, 24e6),
        (3_000_000, 60e6, 61.5e6), (3_000_000, 60e6, 58.5e6), (3_000_000, 25e6, 25e6),
        (8_000_000, 80e6, 80e6), (8_000_000, 80e6, 82e6), (8_000_000, 80e6, 78e6),
        (8_000_000, 64e6, 64e6), (8_000_000, 68e6, 67.3e6), (6_000_000, 60e6, 61e6),
    ],
)  # fmt: skip
def test_loop(baud, sender, receiver):
    """Both ends count cycles of one clock, but take it for clocks of another frequency."""
    m = Module()
    m.submodules.tx = tx = UartTransmitter(baud, sender)
    # As if the receiver's oscillator were off by receiver / sender.
    off = receiver / sender
    m.submodules.rx = rx = UartReceiver(baud, sender * off)
    m.d.comb += rx.rx.eq(tx.tx)
    sent, out = bytes([0, 255, 0x55, 0xAA]) + random.Random(1).randbytes(40), []
    bench = Bench(m)
    bench.feed(tx.i, sent)
    bench.watch(rx.o.valid, rx.o.payload, out)
    bench.run(lambda: len(out) == len(sent), settle=100)
    assert bytes(out) == sent
    assert bench.cycles <= 10 * (len(sent) + 1) * sender / baud + 110


def test_transport_joins_both_directions():
    """Each byte comes back over the looped line, 10 bits each."""
    m = Module()
    m.submodules.uart = uart = Uart(1, 8)
    m.d.comb += uart.pins.rx.eq(uart.pins.tx)
    sent, out = bytes([0, 255, 0x55, 0xAA]), []
    bench = Bench(m)
    bench.feed(uart.tx, sent)
    bench.collect(uart.rx, out)
    bench.run(lambda: len(out) == len(sent))
    assert bytes(out) == sent
    assert 8 * 10 * (len(sent) - 1) < bench.cycles <= 8 * 10 * (len(sent) + 1)


def test_byte_without_stop_bit_is_dropped_and_the_next_one_received():
    out: list[int] = []
    bench = Bench(dut := UartReceiver(1, 10))
    bench.watch(dut.o.valid, dut.o.payload, out)

    async def line(ctx):
        for bits in ("0111111110", "1" * 12, "0100000101", "1" * 5, "0"):
            for bit in bits:
                ctx.set(dut.rx, int(bit))
                for _ in range(10 if bits != "0" else 1):
                    await ctx.tick()
        ctx.set(dut.rx, 1)
        for _ in range(200):
            await ctx.tick()

    bench.add(line)
    bench.run()
    assert out == [0x41], "a frame error, then 0x41, then a glitch"
