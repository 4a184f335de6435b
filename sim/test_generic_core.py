"""The core alone, inside a small system in Verilog, trains a step as the golden model does."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from lls_hw.build import main
from lls_hw.contract.basis import square_basis
from lls_hw.contract.config import preset
from lls_hw.contract.frames import Decoder, Frame, Kind, encode, read_command, write_command
from lls_hw.contract.packing import pack_inputs, pack_weights, unpack_weights
from lls_hw.contract.registers import Register, Space
from lls_hw.gateware.generic import CORE_NAME, PORTS
from lls_hw.golden.model import IntegerModel
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Dense, Network
from lls_hw.program.compiler import compile_network
from lls_hw.tools.verilate import verilate

HERE = Path(__file__).parent / "generic"
CONFIG = preset("nano")
NETWORK = Network(name="small", input=(1, 1, 9), layers=(Dense(outputs=7), Dense(outputs=10)))
BATCH, SEED, STEP, LR_SHIFT = 8, 5, 77, 1


@pytest.fixture(scope="module")
def soc(tmp_path_factory):
    """The program that simulates the system."""
    folder = tmp_path_factory.mktemp("core")
    assert main(["--board", "none", "--preset", "nano", "--out", str(folder)]) == 0
    core = folder / f"{CORE_NAME}.v"
    return verilate(HERE / "soc.v", "soc", folder / "obj", [HERE / "main.cpp"], options=[str(core)])


def elements(space, values):
    """Little-endian bytes of elements."""
    return np.asarray(values, np.int64).astype(f"<i{space.element_bytes}").tobytes()


def write(space, address, values):
    return write_command(space, address, elements(space, values))


def exchange(soc, folder, stream, seed):
    """What the core replies to a stream of commands, and how many programs have ended."""
    frames = [Frame(Kind.HELLO, 1, 0, 0)]
    for at in range(0, len(stream), 200):
        frames.append(Frame(Kind.DATA, at, 0, 0, stream[at : at + 200]))
    (folder / "in").write_bytes(b"".join(map(encode, frames)))
    done = subprocess.run(
        [soc, folder / "in", folder / "out", str(seed)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    decoder = Decoder()
    received = decoder.feed((folder / "out").read_bytes())
    assert decoder.damaged == 0
    hello, *rest = received
    assert (hello.kind, hello.sequence) == (Kind.HELLO, 1)
    replies = b""
    for frame in rest:
        assert frame.kind == Kind.DATA and frame.sequence == len(replies) or not frame.payload
        replies += frame.payload
    assert rest[-1].consumed == len(stream)
    return replies, int(done.stdout)


@pytest.mark.parametrize("seed", [1, 2])
def test_training_step(soc, tmp_path, seed):
    rng = np.random.default_rng(seed)
    program = compile_network(NETWORK, CONFIG, BATCH, LR_SHIFT)
    weights, shifts = initial_weights(NETWORK, SEED), initial_shifts(NETWORK)
    basis = square_basis(NETWORK.classes, program.basis_stride)
    settings = layer_settings(NETWORK, BATCH, LR_SHIFT)
    golden = IntegerModel(weights, settings, shifts, basis, STEP)
    x = rng.integers(-127, 128, (BATCH, NETWORK.inputs)).astype(np.int8)
    y = rng.integers(0, NETWORK.classes, BATCH)

    first = program.layers[0]
    stream = write(Space.PROGRAM, 0, program.words())
    stream += write(Space.STATE, 0, shifts)
    stream += write(Space.CONTROL, Register.STEP, [STEP])
    for plan, w in zip(program.layers, weights, strict=True):
        stream += write(
            Space.WEIGHT, plan.weight_base * CONFIG.cols, pack_weights(CONFIG, w, *plan.tiling)
        )
    stream += write(
        Space.ACT, first.x_base * CONFIG.act_word, pack_inputs(CONFIG, x, first.shape.in_channels)
    )
    stream += write(Space.LABEL, 0, y)
    stream += write(Space.CONTROL, Register.RUN, [0])
    stream += read_command(Space.RESULT, 0, BATCH)
    count = (program.layers[-1].weight_end - program.layers[0].weight_base) * CONFIG.cols
    stream += read_command(Space.WEIGHT, program.layers[0].weight_base * CONFIG.cols, count)
    stream += read_command(Space.CONTROL, Register.CYCLES, 1)
    stream += read_command(Space.CONTROL, Register.DIGEST_LOW, 2)

    replies, programs = exchange(soc, tmp_path, stream, seed)
    assert programs == 1
    expected = golden.train_step(torch.from_numpy(x), torch.from_numpy(y))
    results, rest = np.frombuffer(replies[: 4 * BATCH], "<u4"), replies[4 * BATCH :]
    assert (results & 0xFFFF == expected.probability.numpy()).all()
    assert (results >> 16 == expected.prediction.numpy()).all()
    words, rest = np.frombuffer(rest[: 2 * count], "<i2"), rest[2 * count :]
    for plan, w in zip(program.layers, golden.weights, strict=True):
        part = words[plan.weight_base * CONFIG.cols : plan.weight_end * CONFIG.cols]
        seen = unpack_weights(CONFIG, part, plan.fan_in, plan.fan_out, *plan.tiling)
        assert (seen == w.numpy()).all(), f"layer {plan.index}"
    cycles, low, high = np.frombuffer(rest, "<u4").tolist()
    assert cycles == program.train_cycles
    assert low | high << 32 == CONFIG.digest


def test_ports_are_those_that_are_documented():
    text = (Path(__file__).parents[1] / "docs" / "generic_core.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (in|out) \| (\d+) \| (.+) \|$", text, re.MULTILINE)
    assert {name: (way, int(bits), doc) for name, way, bits, doc in rows} == PORTS
