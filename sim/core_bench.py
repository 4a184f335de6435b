"""cocotb: the whole engine against the golden model, bit for bit and cycle for cycle."""

import json
import os

import cocotb
import numpy as np
import torch
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, with_timeout

from lls_hw.contract.basis import make_basis
from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.descriptor import Operation
from lls_hw.contract.packing import pack_basis, pack_inputs, pack_weights, unpack_weights
from lls_hw.contract.registers import ADDRESS_BITS, Register, Space
from lls_hw.contract.trace import Unit, trace_address
from lls_hw.driver.spaces import TYPES
from lls_hw.gateware.bus import SPACE_BITS
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.random_networks import (
    random_basis,
    random_convolutions,
    random_inputs,
    random_modulation,
    random_momentum,
)
from lls_hw.network.initial import initial_modulations, initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network, Training
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError

SETTINGS = json.loads(os.environ["LLS_SETTINGS"])
CONFIG = Config(**SETTINGS["config"])
SEEDS = SETTINGS["seeds"]
MOST_CYCLES = 15_000
"""Of a training step: here a thousand cycles take most of a second."""
CLASSES = SETTINGS.get("classes", [2, 3, 10, 16, 17, 33, 100])
"""What random networks have."""


class Board:
    """The element bus as a host uses it."""

    def __init__(self, dut):
        self.dut = dut

    async def reset(self):
        self.dut.write_i__valid.value = 0
        self.dut.read_i__valid.value = 0
        self.dut.read_o__ready.value = 1
        self.dut.rst.value = 1
        Clock(self.dut.clk, 10, unit="ns").start()
        await RisingEdge(self.dut.clk)
        await FallingEdge(self.dut.clk)
        self.dut.rst.value = 0

    async def write(self, space, addr, elements):
        """Inputs change at falling edges, so that they are stable around the rising one."""
        dut, mask = self.dut, (1 << 8 * space.element_bytes) - 1
        dut.write_i__valid.value = 1
        for k, value in enumerate(np.asarray(elements).tolist()):
            word = (value & mask) << SPACE_BITS + ADDRESS_BITS | (addr + k) << SPACE_BITS | space
            dut.write_i__payload.value = word
            await self._accepted(dut.write_i__ready)
        dut.write_i__valid.value = 0

    async def _accepted(self, ready):
        for _ in range(200_000):
            await RisingEdge(self.dut.clk)
            taken = int(ready.value)
            await FallingEdge(self.dut.clk)
            if taken:
                return
        raise TimeoutError("the engine does not take an element")

    async def read(self, space, addr, count):
        dut, values = self.dut, []
        for k in range(count):
            dut.read_i__payload.value = (addr + k) << SPACE_BITS | space
            dut.read_i__valid.value = 1
            await self._accepted(dut.read_i__ready)
            dut.read_i__valid.value = 0
            while not int(dut.read_o__valid.value):
                await FallingEdge(dut.clk)
            values.append(int(dut.read_o__payload.value))
            await FallingEdge(dut.clk)
        return np.array(values, np.int64)

    async def run(self, buffer, start=0):
        """Runs a program; returns its cycles."""
        await self.write(Space.CONTROL, Register.RUN, [start << 8 | buffer])
        await FallingEdge(self.dut.clk)  # a write takes effect a cycle after it was taken
        if int(self.dut.busy.value):
            await with_timeout(FallingEdge(self.dut.busy), 20, "ms")
        await FallingEdge(self.dut.clk)
        return int((await self.read(Space.CONTROL, Register.CYCLES, 1))[0])


def random_network(rng, batch):
    """Layers, classes and formats of a seeded network that fits the engine."""
    while True:
        classes = int(rng.choice(CLASSES))
        widest = CONFIG.basis_depth // -(-classes // CONFIG.lanes)
        layers = [
            Dense(
                outputs=int(rng.integers(1, min(24, widest))),
                headroom=int(rng.integers(0, 3)),
                temperature_shift=int(rng.integers(-3, 5)),
                modulation=random_modulation(rng, [CONFIG]),
            )
            for _ in range(int(rng.integers(0, 3)))
        ]
        size = (1, 1, int(rng.integers(1, 40)))
        training = Training(
            modulation_lr_shift=int(rng.integers(-4, 5)),
            momentum_shift=random_momentum(rng, [CONFIG]),
        )
        network = Network(
            "random", size, (*layers, Dense(classes)), training, basis=random_basis(rng, [CONFIG])
        )
        try:
            compile_network(network, CONFIG, batch)
            return network
        except FitError:
            continue


async def send(board, program, buffer, x):
    """Writes a batch as the driver does."""
    first, start = program.layers[0], buffer * program.x_buffer
    if first.packed:
        width = first.shape.width
        shape = program.network.input[0] << 8 | width
        await board.write(Space.CONTROL, Register.IMAGE_SHAPE, [shape])
        await board.write(Space.CONTROL, Register.IMAGE_ROW, [start // width * IMAGE_BANKS])
        await board.write(Space.IMAGE, 0, x.reshape(-1))
    else:
        elements = pack_inputs(CONFIG, x, first.shape.in_channels)
        await board.write(Space.ACT, (first.x_base + start) * CONFIG.act_word, elements)


async def compare_trace(board, program, where):
    """The board's trace of a training step is the compiler's schedule."""
    for index, span in enumerate(program.spans):
        local = span.descriptor.operation == Operation.LOCAL
        address = trace_address(CONFIG, Unit.LOCAL if local else Unit.ARRAY, index)
        times = (await board.read(Space.TRACE, address, 2)).tolist()
        assert times == [span.start, span.end], where


async def train_and_compare(dut, seed, network, batch, kinds, weights=None):
    """A few training steps and one inference; everything must equal the golden model."""
    rng = np.random.default_rng(seed)
    board = Board(dut)
    lr_shift = int(rng.integers(-2, 4))
    program = compile_network(network, CONFIG, batch, lr_shift)
    settings = layer_settings(network, batch, lr_shift)
    weights = weights or initial_weights(network, seed)
    shifts = initial_shifts(network)
    basis = make_basis(network.basis, network.classes, program.basis_stride)
    modulations = initial_modulations(network)
    if CONFIG.modulation_depth:
        modulations = [rng.integers(-8192, 8193, m.shape).astype(np.int16) for m in modulations]
    step = int(rng.integers(0, 2**32 - 16))
    velocities = [rng.integers(-(2**24), 2**24, w.shape).astype(np.int32) for w in weights]
    golden = IntegerModel(weights, settings, shifts, basis, step, modulations, velocities)

    await board.write(Space.PROGRAM, 0, program.words())
    await board.write(Space.BASIS, 0, pack_basis(CONFIG, basis, program.basis_stride))
    await board.write(Space.STATE, 0, shifts)
    await board.write(Space.CONTROL, Register.STEP, [step])
    for plan, w in zip(program.layers, weights, strict=True):
        elements = pack_weights(CONFIG, w, *plan.tiling)
        await board.write(Space.WEIGHT, plan.weight_base * CONFIG.cols, elements)
    if CONFIG.momentum:
        momentum_shift = network.training.momentum_shift
        await board.write(Space.CONTROL, Register.MOMENTUM_SHIFT, [momentum_shift])
        for plan, v in zip(program.layers, velocities, strict=True):
            elements = pack_weights(CONFIG, v, *plan.tiling)
            await board.write(Space.VELOCITY, plan.weight_base * CONFIG.cols, elements)
    for plan, entries in zip(program.layers, modulations, strict=True):
        await board.write(Space.MODULATION, plan.modulation_base, entries.flatten())

    for count, kind in enumerate(kinds):
        buffer = count % 2
        x = random_inputs(kind, rng, (batch, network.inputs))
        y = rng.integers(0, network.classes, batch)
        await send(board, program, buffer, x)
        await board.write(Space.LABEL, buffer * CONFIG.max_batch, y)
        training = count != len(kinds) - 1
        cycles = await board.run(buffer, 0 if training else program.infer_start)
        inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
        expected = golden.train_step(inputs, labels) if training else golden.infer(inputs, labels)
        results = await board.read(Space.RESULT, buffer * CONFIG.max_batch, batch)
        where = f"seed {seed}, step {count} ({kind}), batch {batch}, {network}"
        assert (results & 0xFFFF == expected.probability.numpy()).all(), where
        assert (results >> 16 == expected.prediction.numpy()).all(), where
        if training and CONFIG.trace:
            await compare_trace(board, program, where)
        assert cycles == (program.train_cycles if training else program.infer_cycles), where

    assert (await board.read(Space.CONTROL, Register.STEP, 1))[0] == golden.step, where
    state = (await board.read(Space.STATE, 0, len(shifts))).tolist()
    assert state[:-1] == golden.shifts[:-1], where
    pairs = [(Space.WEIGHT, golden.weights)]
    if network.training.momentum_shift:
        pairs.append((Space.VELOCITY, golden.velocities))
    for space, tensors in pairs:
        for plan, values in zip(program.layers, tensors, strict=True):
            count = (plan.weight_end - plan.weight_base) * CONFIG.cols
            elements = await board.read(space, plan.weight_base * CONFIG.cols, count)
            numbers = elements.astype(f"<u{space.element_bytes}").view(TYPES[space])
            seen = unpack_weights(CONFIG, numbers, plan.fan_in, plan.fan_out, *plan.tiling)
            assert (seen == values.numpy()).all(), f"{where}: {space.name}, layer {plan.index}"
    for plan, entries in zip(program.layers, golden.modulations, strict=True):
        seen = await board.read(Space.MODULATION, plan.modulation_base, entries.numel())
        expected = entries.flatten().numpy()
        assert (seen.astype(np.uint16).view(np.int16) == expected).all(), f"{where}: modulation"


@cocotb.test()
async def random_networks(dut):
    """Seeded networks and data, batches 1, 2, 7 and 16."""
    await Board(dut).reset()
    for seed in range(SEEDS):
        rng = np.random.default_rng((seed, 1))
        batch = (1, 2, 7, 16)[seed % 4]
        network = random_network(rng, batch)
        await train_and_compare(dut, seed, network, batch, ["random"] * 4)


@cocotb.test()
async def random_convolutional_networks(dut):
    """Seeded convolutional networks and data, batches 1 to 8."""
    await Board(dut).reset()
    for seed in range(SETTINGS["convolutions"]):
        rng = np.random.default_rng((seed, 2))
        batch = int(rng.integers(1, 9))
        network = random_convolutions(rng, [CONFIG], batch, most_cycles=MOST_CYCLES)
        await train_and_compare(dut, seed, network, batch, ["random"] * 3)


@cocotb.test(skip="bands" not in SETTINGS)
async def weights_depend_on_no_array(dut):
    """One network and its data, the same for every shape and depth of the accumulators.

    The golden model knows neither, so all shapes end with its weights; maps are cut into bands
    wherever SETTINGS say so.
    """
    await Board(dut).reset()
    layers = (
        Conv(outputs=12, cells=2, pool=True),
        Conv(outputs=16, cells=2, average=True),
        Conv(outputs=9, cells=1, kernel=1, stride=2),
        Dense(outputs=10),
    )
    network = Network("same", (1, 9, 7), layers)
    batch = 3
    bands = [-(-d.pixels // d.band) for d in compile_network(network, CONFIG, batch).train[:-1]]
    assert max(bands) == SETTINGS["bands"]
    await train_and_compare(dut, 77, network, batch, ["random"] * 4)


@cocotb.test()
async def corners(dut):
    """Corner data, extreme weights, d = 1, two classes."""
    await Board(dut).reset()
    kinds = ["zero", "max", "one hot", "constant", "random", "zero"]
    layers = (Dense(outputs=1), Dense(outputs=5, temperature_shift=4), Dense(outputs=2))
    network = Network(name="corner", input=(1, 1, 9), layers=layers)
    await train_and_compare(dut, 1000, network, 7, kinds)
    for value in (32767, -32767, 0):
        weights = [np.full((w.shape), value, np.int16) for w in initial_weights(network, 0)]
        await train_and_compare(dut, 40000 + value, network, 2, kinds, weights)


@cocotb.test()
async def registers(dut):
    """Identification, and a program without effect on what it does not use."""
    await Board(dut).reset()
    board = Board(dut)
    low, high = (await board.read(Space.CONTROL, Register.DIGEST_LOW, 2)).tolist()
    assert low | high << 32 == CONFIG.digest
    before = int((await board.read(Space.CONTROL, Register.CLOCK, 1))[0])
    await board.write(Space.CONTROL, Register.STEP, [7])
    await board.read(Space.STATE, 0, 1)
    for _ in range(100):
        await FallingEdge(dut.clk)
    after = int((await board.read(Space.CONTROL, Register.CLOCK, 1))[0])
    assert 110 <= after - before <= 130
