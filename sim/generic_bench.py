"""The core alone in a small system: builds it, and trains a step with a program's commands."""

import subprocess
from pathlib import Path

import numpy as np
import torch

from lls_hw.build import main
from lls_hw.contract.basis import square_basis
from lls_hw.contract.frames import Decoder, Frame, Kind, encode, read_command, write_command
from lls_hw.contract.registers import DIGEST, Register, Space
from lls_hw.driver import transfers
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.result import BatchResult
from lls_hw.gateware.generic import CORE_NAME
from lls_hw.golden.model import IntegerModel
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Dense, Network

__all__ = ["BATCH", "GENERIC", "LR_SHIFT", "NETWORK", "build_core", "train"]

GENERIC = Path(__file__).parent / "generic"
NETWORK = Network(name="small", input=(1, 1, 9), layers=(Dense(outputs=7), Dense(outputs=10)))
BATCH, SEED, STEP, LR_SHIFT = 8, 5, 77, 1


def build_core(preset: str, folder: Path, *options: str) -> Path:
    """The core's Verilog, through the command line."""
    arguments = ["--board", "none", "--preset", preset, "--out", str(folder), *options]
    assert main(arguments) == 0
    return folder / f"{CORE_NAME}.v"


def write(transfer):
    """The command that carries a transfer."""
    elements = np.asarray(transfer.elements).astype(transfer.space.dtype)
    return write_command(transfer.space, transfer.address, elements.tobytes())


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


def train(soc, folder, program, seed):
    """Trains a step; everything that is read back is golden's. Returns the board's cycles."""
    rng = np.random.default_rng(seed)
    state = TrainingState(initial_weights(NETWORK, SEED), initial_shifts(NETWORK), STEP)
    basis = square_basis(NETWORK.classes, program.basis_stride)
    settings = layer_settings(NETWORK, BATCH, LR_SHIFT)
    golden = IntegerModel(state.weights, settings, state.shifts, basis, STEP)
    x = rng.integers(-127, 128, (BATCH, NETWORK.inputs)).astype(np.int8)
    y = rng.integers(0, NETWORK.classes, BATCH)

    sources = [
        transfers.result_source(program, 0, BATCH),
        *transfers.state_sources(program),
        transfers.Source(Space.CONTROL, Register.CYCLES, 1),
        transfers.Source(Space.CONTROL, Register.DIGEST_LOW, 2),
    ]
    stream = b"".join(
        write(transfer)
        for transfer in (
            transfers.program_transfer(program),
            *transfers.state_transfers(program, state),
            *transfers.input_transfers(program, x, 0),
            transfers.label_transfer(program, y, 0),
            transfers.run_transfer(0, 0),
        )
    )
    stream += b"".join(read_command(*source) for source in sources)
    replies, programs = exchange(soc, folder, stream, seed)
    assert programs == 1
    read = []
    for source in sources:
        size = source.length * source.space.element_bytes
        read.append(np.frombuffer(replies[:size], source.space.dtype))
        replies = replies[size:]
    assert not replies
    results, *board, cycles, digest = read
    expected = golden.train_step(torch.from_numpy(x), torch.from_numpy(y))
    result = BatchResult.of(results)
    assert (result.probability == expected.probability.numpy()).all()
    assert (result.prediction == expected.prediction.numpy()).all()
    seen = transfers.training_state(program, board)
    for layer, (values, w) in enumerate(zip(seen.weights, golden.weights, strict=True)):
        assert (values == w.numpy()).all(), f"layer {layer}"
    assert (seen.shifts[:-1], seen.step) == (golden.shifts[:-1], golden.step)
    low, high = digest.tolist()
    assert DIGEST.pack(low=low, high=high) == program.plan.config.digest
    return int(cycles.item())
