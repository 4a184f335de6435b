"""cocotb: the whole engine against the golden model, bit for bit and cycle for cycle."""

import json
import os

import cocotb
import numpy as np
import torch
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, with_timeout

from lls_hw.contract.basis import make_basis
from lls_hw.contract.bus import READ, WRITE
from lls_hw.contract.config import Config
from lls_hw.contract.registers import DIGEST, Register, Space
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.contract.units import Operation
from lls_hw.driver import transfers
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.result import BatchResult
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.random_networks import (
    random_basis,
    random_channels,
    random_convolutions,
    random_inputs,
    random_modulation,
    random_momentum,
    random_normalise,
    random_prediction,
    random_step,
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

    async def start(self):
        self.dut.write_i__valid.value = 0
        self.dut.read_i__valid.value = 0
        self.dut.read_o__ready.value = 1
        Clock(self.dut.clk, 10, unit="ns").start()
        await RisingEdge(self.dut.clk)
        await FallingEdge(self.dut.clk)

    async def write(self, space, address, elements):
        """Inputs change at falling edges, so that they are stable around the rising one."""
        dut = self.dut
        values = np.asarray(elements).astype(space.dtype).view(f"<u{space.element_bytes}")
        dut.write_i__valid.value = 1
        for k, value in enumerate(values.tolist()):
            element = WRITE.pack(space=space, addr=address + k, data=value)
            dut.write_i__payload.value = element
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

    async def read(self, space, address, length):
        dut, values = self.dut, []
        for k in range(length):
            dut.read_i__payload.value = READ.pack(space=space, addr=address + k)
            dut.read_i__valid.value = 1
            await self._accepted(dut.read_i__ready)
            dut.read_i__valid.value = 0
            while not int(dut.read_o__valid.value):
                await FallingEdge(dut.clk)
            values.append(int(dut.read_o__payload.value))
            await FallingEdge(dut.clk)
        return np.array(values, f"<u{space.element_bytes}").view(space.dtype)

    async def run(self, buffer, start=0):
        """Runs a program; returns its cycles."""
        await self.write(*transfers.run_transfer(buffer, start))
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
            step=random_step(rng, [CONFIG]),
        )
        network = Network(
            "random", size, (*layers, Dense(classes)), training, basis=random_basis(rng, [CONFIG]),
            normalise=random_normalise(rng, [CONFIG]), predict=random_prediction(rng, [CONFIG]),
        )  # fmt: skip
        try:
            compile_network(network, CONFIG, batch)
            return network
        except FitError:
            continue


async def compare_trace(board, program, where):
    """The board's trace of a training step is the compiler's schedule."""
    for span, source in zip(program.spans, transfers.trace_sources(program), strict=True):
        assert (await board.read(*source)).tolist() == [span.start, span.end], where


async def train_and_compare(dut, seed, network, batch, kinds, weights=None):
    """A few training steps and one inference; everything must equal the golden model."""
    rng = np.random.default_rng(seed)
    board = Board(dut)
    lr_shift = int(rng.integers(-2, 4))
    if network.training.step == "channel":  # steps are relative to the weights
        lr_shift += int(rng.integers(0, 10))
    program = compile_network(network, CONFIG, batch, lr_shift)
    state = random_state(rng, network, batch, seed, weights)
    golden = golden_model(program, state, lr_shift)
    for transfer in (
        transfers.program_transfer(program),
        transfers.basis_transfer(program),
        *transfers.state_transfers(program, state),
    ):
        await board.write(*transfer)

    for count, kind in enumerate(kinds):
        buffer = count % INPUT_BUFFERS
        x = random_inputs(kind, rng, (batch, network.inputs))
        y = rng.integers(0, network.classes, batch)
        for transfer in transfers.input_transfers(program, x, buffer):
            await board.write(*transfer)
        await board.write(*transfers.label_transfer(program, y, buffer))
        training = count != len(kinds) - 1
        cycles = await board.run(buffer, 0 if training else program.infer_start)
        inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
        expected = golden.train_step(inputs, labels) if training else golden.infer(inputs, labels)
        source = transfers.result_source(program, buffer, batch)
        result = BatchResult.of(await board.read(*source))
        where = f"seed {seed}, step {count} ({kind}), batch {batch}, {network}"
        assert (result.probability == expected.probability.numpy()).all(), where
        assert (result.prediction == expected.prediction.numpy()).all(), where
        if training and CONFIG.trace:
            await compare_trace(board, program, where)
        assert cycles == (program.train_cycles if training else program.infer_cycles), where

    read = [await board.read(*source) for source in transfers.state_sources(program)]
    seen = transfers.training_state(program, read)
    assert seen.step == golden.step, where
    assert seen.shifts[:-1] == golden.shifts[:-1], where
    compared = [("weights", seen.weights, golden.weights)]
    if network.training.momentum_shift:
        compared.append(("velocities", seen.velocities, golden.velocities))
    if seen.modulations:
        compared.append(("modulation", seen.modulations, golden.modulations))
    states = [state.tensor() for state in golden.channels]
    compared.append(("channel states", seen.channels, states))
    for what, board_has, expected in compared:
        for layer, (values, golden_has) in enumerate(zip(board_has, expected, strict=True)):
            assert (values == golden_has.numpy()).all(), f"{where}: {what} of layer {layer}"


def random_state(rng, network, batch, seed, weights):
    """A state to begin with: everything that can be at random is, but the shifts."""
    weights = weights or initial_weights(network, seed)
    modulations = initial_modulations(network)
    if CONFIG.modulation_depth:
        modulations = [rng.integers(-8192, 8193, m.shape).astype(np.int16) for m in modulations]
    step = int(rng.integers(0, 2**32 - 16))
    velocities = [rng.integers(-(2**24), 2**24, w.shape).astype(np.int32) for w in weights]
    return TrainingState(
        weights, initial_shifts(network), step, modulations=modulations, velocities=velocities,
        channels=random_channels(rng, network, batch),
    )  # fmt: skip


def golden_model(program, state, lr_shift):
    """The golden model in that state."""
    network = program.network
    return IntegerModel(
        state.weights,
        layer_settings(network, program.batch, lr_shift),
        state.shifts,
        make_basis(network.basis, network.classes, program.basis_stride),
        state.step,
        state.modulations,
        state.velocities,
        state.channels,
        vote=network.votes,
    )


@cocotb.test()
async def random_networks(dut):
    """Seeded networks and data, batches 1, 2, 7 and 16."""
    await Board(dut).start()
    for seed in range(SEEDS):
        rng = np.random.default_rng((seed, 1))
        batch = (1, 2, 7, 16)[seed % 4]
        network = random_network(rng, batch)
        await train_and_compare(dut, seed, network, batch, ["random"] * 4)


@cocotb.test()
async def random_convolutional_networks(dut):
    """Seeded convolutional networks and data, batches 1 to 8."""
    await Board(dut).start()
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
    await Board(dut).start()
    layers = (
        Conv(outputs=12, cells=2, pool=True),
        Conv(outputs=16, cells=2, average=True),
        Conv(outputs=9, cells=1, kernel=1, stride=2),
        Dense(outputs=10),
    )
    network = Network("same", (1, 9, 7), layers)
    batch = 3
    program = compile_network(network, CONFIG, batch)
    forward = [d for d in program.train if d.operation == Operation.FORWARD]
    bands = [-(-d.pixels // d.band) for d in forward]
    assert max(bands) == SETTINGS["bands"]
    await train_and_compare(dut, 77, network, batch, ["random"] * 4)


@cocotb.test()
async def corners(dut):
    """Corner data, extreme weights, d = 1, two classes."""
    await Board(dut).start()
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
    await Board(dut).start()
    board = Board(dut)
    low, high = (await board.read(Space.CONTROL, Register.DIGEST_LOW, 2)).tolist()
    assert DIGEST.pack(low=low, high=high) == CONFIG.digest
    before = int((await board.read(Space.CONTROL, Register.CLOCK, 1))[0])
    await board.write(Space.CONTROL, Register.STEP, [7])
    await board.read(Space.STATE, 0, 1)
    for _ in range(100):
        await FallingEdge(dut.clk)
    after = int((await board.read(Space.CONTROL, Register.CLOCK, 1))[0])
    assert 110 <= after - before <= 130
