"""The array unit against the integer golden model: forward pass, weight gradient, update."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from amaranth.sim import Simulator

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import ArrayDescriptor
from lls_hw.contract.packing import pack_inputs, pack_weights, unpack_weights
from lls_hw.contract.timing_array import forward_cycles, gradient_cycles
from lls_hw.contract.units import Operation
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.ports import ErrorShiftRead, LatentRead
from lls_hw.golden import integer
from lls_hw.golden.noise import noise

TINY = preset("tiny")


def tiles(size, unit):
    return -(-size // unit)


class Bench:
    """Drives an array unit like host, sequencer and local update unit together."""

    def __init__(self, config, ctx, dut):
        self.config, self.ctx, self.dut = config, ctx, dut

    async def tick(self, cycles=1):
        for _ in range(cycles):
            await self.ctx.tick()

    async def write_weights(self, base, elements):
        weights = self.dut.weights
        self.ctx.set(weights.write_enable, 1)
        for k, value in enumerate(elements.tolist()):
            self.ctx.set(weights.write_addr, base + k // self.config.cols)
            self.ctx.set(weights.write_column, k % self.config.cols)
            self.ctx.set(weights.write_data, value & 0xFFFF)
            await self.tick()
        self.ctx.set(weights.write_enable, 0)
        await self.tick(self.config.cols)

    async def read_weights(self, base, words):
        weights, values = self.dut.weights, []
        for word in range(base, base + words):
            self.ctx.set(weights.read_addr, word)
            await self.tick(self.config.cols + 2)
            for column in range(self.config.cols):
                self.ctx.set(weights.read_column, column)
                await self.tick(ColumnChoice.LATENCY)
                values.append(self.ctx.get(weights.read_data))
        return np.array(values, np.int16)

    async def write_inputs(self, base, elements):
        act = self.dut.act
        self.ctx.set(act.valid, 1)
        for k, value in enumerate(elements.tolist()):
            self.ctx.set(act.payload.addr, base * self.config.act_word + k)
            self.ctx.set(act.payload.data, value & 0xFF)
            assert self.ctx.get(act.ready), "an idle array never lets the host wait"
            await self.tick()
        self.ctx.set(act.valid, 0)

    async def run(self, descriptor, *, act_shift=0, update_shift=0, error_shifts=None):
        """Starts an operation; returns the cycles for which it was busy."""
        ctx, dut = self.ctx, self.dut
        packed = sum(w << 32 * k for k, w in enumerate(descriptor.elements()))
        ctx.set(dut.operation, ARRAY_LAYOUT.from_bits(packed % 2**ARRAY_LAYOUT.size))
        ctx.set(dut.gradient, descriptor.operation == Operation.GRADIENT)
        ctx.set(dut.act_shift, act_shift)
        ctx.set(dut.update_shift, update_shift)
        await self.tick()
        ctx.set(dut.start, 1)
        self.streaming = 0
        cycles, samples = 0, [0] * ErrorShiftRead.LATENCY
        while ctx.get(dut.busy):
            samples.append(ctx.get(dut.error_shift.sample))
            self.streaming += ctx.get(dut.streaming)
            if error_shifts is not None:
                sample = samples[-1 - ErrorShiftRead.LATENCY]
                ctx.set(dut.error_shift.shift, int(error_shifts[sample % len(error_shifts)]))
            await self.tick()
            ctx.set(dut.start, 0)
            cycles += 1
            assert cycles < 20_000, "deadline"
        return cycles

    async def latents(self, base, samples, out_tiles, outputs):
        ctx, dut, cols = self.ctx, self.dut, self.config.cols
        u = np.zeros((samples, outputs), np.int64)
        for n in range(samples):
            for t in range(outputs):
                ctx.set(dut.latents.addr, base + n * out_tiles + t // cols)
                ctx.set(dut.latents.bank, t % cols)
                await self.tick(LatentRead.LATENCY)
                u[n, t] = ctx.get(dut.latents.data)
        return u

    async def write_errors(self, base, m, out_tiles):
        ctx, errors, cols = self.ctx, self.dut.errors, self.config.cols
        ctx.set(errors.enable, 1)
        for n in range(m.shape[0]):
            for t in range(out_tiles * cols):
                ctx.set(errors.addr, base + n * out_tiles + t // cols)
                ctx.set(errors.bank, t % cols)
                ctx.set(errors.data, int(m[n, t]) if t < m.shape[1] else 0)
                await self.tick()
        ctx.set(errors.enable, 0)


def simulate(config, bench):
    dut = ArrayUnit(config)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    failures = []

    async def testbench(ctx):
        try:
            await bench(Bench(config, ctx, dut))
        except AssertionError as error:
            failures.append(error)

    simulator.add_testbench(testbench)
    simulator.run()
    if failures:
        raise failures[0]


@pytest.mark.parametrize("classifier", [False, True])
@pytest.mark.parametrize(
    ("shape", "samples", "fan_in", "outputs", "band"),
    [
        ((4, 4), 5, 11, 9, 64),
        ((4, 8), 1, 9, 10, 1),
        ((8, 4), 2, 13, 5, 1),
        ((2, 2), 3, 3, 3, 3),
        ((4, 4), 16, 4, 4, 6),
        ((8, 8), 7, 20, 12, 3),
    ],
)
def test_forward_and_gradient(shape, samples, fan_in, outputs, band, classifier):
    config = replace(TINY, rows=shape[0], cols=shape[1])
    rng = np.random.default_rng(samples * fan_in)
    x = rng.integers(-127, 128, (samples, fan_in)).astype(np.int8)
    w = rng.integers(-3000, 3000, (fan_in, outputs)).astype(np.int16)
    w[0, 0] = 32767
    m = torch.tensor(rng.integers(-131071, 131072, (samples, outputs)))
    error_shifts = torch.tensor(rng.integers(8, 14, samples))
    in_tiles = tiles(fan_in, config.rows)
    out_tiles = tiles(outputs, config.act_word) * (config.act_word // config.cols)
    act_shift, update_shift, step, layer = 12, 9, 12345, 3
    base = {
        "classifier": classifier, "train": True, "layer": layer, "samples": samples,
        "pixels": samples, "band": band, "in_tiles": in_tiles, "out_tiles": out_tiles,
        "out_stride": out_tiles, "x_base": 3,
        "x_sample_step": tiles(fan_in, config.act_word), "weight_base": 5, "act_base": 200,
        "act_stride": tiles(outputs, config.act_word), "latent_base": 7, "sign_base": 11,
        "in_channels": fan_in,
    }  # fmt: skip
    forward = ArrayDescriptor(operation=Operation.FORWARD, **base)
    gradient = ArrayDescriptor(operation=Operation.GRADIENT, **base)
    size = {"pixels": samples, "taps": 1, "in_tiles": in_tiles, "out_tiles": out_tiles}
    forward_size = {**size, "band": band}
    z = integer.forward(torch.tensor(x).long(), torch.tensor(w).long())
    h, negative, length = integer.activation(z, act_shift)

    async def bench(b):
        b.ctx.set(b.dut.step, step)
        await b.write_weights(5, pack_weights(config, w, 1, in_tiles, out_tiles))
        await b.write_inputs(3, pack_inputs(config, x, fan_in))
        cycles = await b.run(forward, act_shift=act_shift)
        assert cycles == forward_cycles(config, **forward_size)
        assert b.streaming == samples * in_tiles * out_tiles
        u = await b.latents(7, samples, out_tiles, outputs)
        if classifier:
            logits = integer.round_shift(z, act_shift).clamp(-f.LATENT_MAX, f.LATENT_MAX)
            assert (u == logits.numpy()).all()
        else:
            assert (u == h.numpy()).all()
            assert b.ctx.get(b.dut.magnitude).bit_length() == length
        await b.write_errors(7, m, out_tiles)
        cycles = await b.run(gradient, update_shift=update_shift, error_shifts=error_shifts)
        assert cycles == gradient_cycles(config, **size)
        assert b.streaming == samples * in_tiles * out_tiles
        words = in_tiles * out_tiles * config.rows
        board = unpack_weights(
            config, await b.read_weights(5, words), fan_in, outputs, 1, in_tiles, out_tiles
        )
        v = integer.delta(m, error_shifts, None if classifier else negative)
        expected = integer.update(
            torch.tensor(w).long(),
            integer.weight_gradient(torch.tensor(x).long(), v),
            update_shift,
            noise(step, layer, fan_in, outputs),
        )
        assert (board == expected.numpy()).all()
        if not classifier:
            following = replace(
                forward, in_tiles=tiles(outputs, config.rows), out_tiles=1, out_stride=1,
                classifier=True,
                x_base=200, x_sample_step=base["act_stride"], weight_base=500, latent_base=0,
            )  # fmt: skip
            ones = np.zeros((outputs, config.cols), np.int16)
            np.fill_diagonal(ones, 1)
            await b.write_weights(500, pack_weights(config, ones, 1, following.in_tiles, 1))
            await b.run(following, act_shift=0)
            seen = await b.latents(0, samples, 1, min(outputs, config.cols))
            assert (seen == h.numpy()[:, : config.cols]).all()

    simulate(config, bench)
