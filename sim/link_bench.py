"""cocotb: the driver's side of the link against UART and link gateware, bit by bit."""

import json
import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer, with_timeout

from lls_hw.contract.frames import (
    PROTOCOL,
    Decoder,
    Frame,
    Kind,
    encode,
    read_command,
    write_command,
)
from lls_hw.contract.registers import Space

SETTINGS = json.loads(os.environ["LLS_SETTINGS"])
CYCLE_PS = 1_000_000_000_000 // SETTINGS["frequency"]
BIT_PS = 1_000_000_000_000 // SETTINGS["baud"]


class Line:
    """A serial line's other end, whose clock is off by some fraction."""

    def __init__(self, dut, off=0.0):
        self.dut = dut
        self.bit = round(BIT_PS * (1 + off))
        self.decoder = Decoder()
        self.frames: list[Frame] = []

    async def start(self):
        self.dut.rx.value = 1
        Clock(self.dut.clk, CYCLE_PS // 2 * 2, unit="ps").start()
        for _ in range(3):
            await RisingEdge(self.dut.clk)
        await Timer(20 * self.bit, "ps")
        cocotb.start_soon(self._listen())

    async def send(self, data: bytes):
        for byte in data:
            for bit in (0, *(byte >> k & 1 for k in range(8)), 1):
                self.dut.rx.value = bit
                await Timer(self.bit, "ps")

    async def _listen(self):
        while True:
            await FallingEdge(self.dut.tx)
            await Timer(self.bit * 3 // 2, "ps")
            byte = 0
            for k in range(8):
                byte |= int(self.dut.tx.value) << k
                await Timer(self.bit, "ps")
            assert int(self.dut.tx.value) == 1, "no stop bit"
            self.frames += self.decoder.feed(bytes([byte]))

    async def until(self, condition):
        async def wait():
            while not condition(self.frames):
                await Timer(10 * self.bit, "ps")

        await with_timeout(wait(), 100, "ms")
        return self.frames


def replies(frames):
    """The stream of replies; the frames must continue each other."""
    stream = b""
    for frame in frames:
        if frame.kind != Kind.HELLO and frame.payload:
            assert frame.sequence == len(stream)
            stream += frame.payload
    return stream


async def exchange(dut, off, seed):
    """HELLO, then every space written and read back."""
    line, random_ = Line(dut, off), random.Random(seed)
    await line.start()
    await line.send(encode(Frame(Kind.HELLO, seed, 0, 0)))
    await line.until(lambda frames: frames)
    assert line.frames == [Frame(Kind.HELLO, seed, 4092, PROTOCOL)]
    stream, expected = b"", b""
    for space in Space:
        elements = random_.randbytes(40 * space.element_bytes)
        stream += write_command(space, 5, elements) + read_command(space, 5, 40)
        expected += elements
    for at in range(0, len(stream), 200):
        await line.send(encode(Frame(Kind.DATA, at, 0, 0, stream[at : at + 200])))
    await line.until(lambda frames: len(replies(frames)) == len(expected))
    assert replies(line.frames) == expected
    await line.until(lambda frames: frames[-1].consumed == len(stream))
    assert line.decoder.damaged == 0
    assert not any(frame.kind == Kind.GAP for frame in line.frames)


@cocotb.test()
async def exact_clock(dut):
    await exchange(dut, 0.0, 1)


@cocotb.test()
async def fast_host(dut):
    await exchange(dut, -0.02, 2)


@cocotb.test()
async def slow_host(dut):
    await exchange(dut, 0.02, 3)


@cocotb.test()
async def line_noise_is_reported_and_survived(dut):
    line = Line(dut)
    await line.start()
    await line.send(random.Random(4).randbytes(100))
    await line.send(encode(Frame(Kind.HELLO, 9, 0, 0)))
    await line.until(lambda frames: any(frame.kind == Kind.HELLO for frame in frames))
    line.frames.clear()
    command = write_command(Space.LABEL, 0, b"\x2a") + read_command(Space.LABEL, 0, 1)
    damaged = bytearray(encode(Frame(Kind.DATA, 0, 0, 0, command)))
    damaged[10] ^= 8
    await line.send(bytes(damaged))
    await line.until(lambda frames: frames and frames[-1].kind == Kind.GAP)
    assert line.frames[-1].received == 0
    await line.send(encode(Frame(Kind.DATA, 0, 0, 0, command)))
    await line.until(lambda frames: replies(frames) == b"\x2a")
