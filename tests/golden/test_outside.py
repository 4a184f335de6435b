"""Simulated boards with an SDRAM: the same bits wherever weights live; ports of the memory."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from lls_hw.contract.config import preset
from lls_hw.contract.counters import USES, port_counter
from lls_hw.contract.memory_check import Pass
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.units import Operation
from lls_hw.driver.memory_check import run_pass
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.compare import compare, random_case
from lls_hw.golden.external_memory import MemoryRange
from lls_hw.golden.self_test import self_test
from lls_hw.golden.verify import Mismatch
from lls_hw.program.compiler import compile_network
from lls_hw.program.traffic import counted_ports, moved, planned_ports
from lls_hw.simulator.device import simulated_device

CONFIG = replace(
    preset("lab"), rows=4, cols=4, act_depth=16384, latent_depth=8192, sign_depth=65536,
    basis_depth=2048, max_width=64, weight_depth=1 << 13, acc_depth=40, program_depth=2048,
    external_depth=1 << 24,
)  # fmt: skip
MOST_CYCLES = 120_000


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


@pytest.mark.parametrize("seed", range(6))
def test_same_bits_wherever_weights_live(board, seed):
    """Weights, predictions, channel states; no operation but a move takes another time."""
    case = random_case(seed, [CONFIG], MOST_CYCLES)
    layers = len(case.network.layers)
    rng = np.random.default_rng((seed, 5))
    outside = frozenset(k for k in range(layers) if rng.random() < 0.6) or frozenset({0})
    program = compile_network(case.network, CONFIG, case.batch, outside=outside)
    assert program.plan.windows
    assert compare(case, board, outside) == compare(case, board, frozenset())


@pytest.mark.parametrize("seed", [0, 2, 3, 11, 12])
def test_expected_waits(board, seed):
    """The prediction of cycles is within 1 %, that of those that wait for the memory within 5 %."""
    case = random_case(seed, [CONFIG], MOST_CYCLES)
    everything = frozenset(range(len(case.network.layers)))
    trainer = Trainer(board, case.network, case.batch, everything)
    trainer.load(case.state)
    list(trainer.train(case.batches[:1]))
    counted, program = trainer.counters(), trainer.program
    assert counted.cycles == pytest.approx(program.train_cycles, rel=0.01)
    assert counted.memory_wait_cycles > 1000
    assert counted.memory_wait_cycles == pytest.approx(program.memory_wait, rel=0.05)


def look(board):
    """The clock and the counters of the host's port, read by one command."""
    places = [Register.CLOCK, *(Register[port_counter("host", use).upper()] for use in USES)]
    return board.read(Space.CONTROL, 0, max(Register) + 1)[places].tolist()


def test_ports_of_the_memory(board):
    """The mover's cycles of a step are counted to the last, the host's since then element by
    element."""
    case = random_case(2, [CONFIG], MOST_CYCLES)
    everything = frozenset(range(len(case.network.layers)))
    trainer = Trainer(board, case.network, case.batch, everything)
    trainer.load(case.state)
    list(trainer.train(case.batches[:1]))
    counted = trainer.counters()
    assert counted.host_read_cycles == counted.host_write_cycles == 0
    (planned,) = planned_ports(trainer.program)
    mover, samples, host = counted_ports(counted)
    assert (mover.port, samples.port, host.port) == ("mover", "samples", "host")
    assert (mover.read, mover.write) == (planned.read, planned.write)
    assert (samples.read, samples.write) == (0, 0)
    assert mover.total == samples.total == counted.cycles
    assert planned.total == trainer.program.train_cycles
    board.write(Space.EXTERNAL, 5, np.zeros(70, np.int16))
    board.read(Space.EXTERNAL, 9, 33)
    mover_later, _, host_later = counted_ports(trainer.counters())
    assert mover_later == mover
    assert (host_later.read, host_later.write) == (33, 70)
    assert host_later.idle > host.idle
    list(trainer.infer(*case.batches[-1]))
    inferred = trainer.counters()
    assert inferred.mover_read_cycles == moved(trainer.program.infer, Operation.FILL) > 0
    assert inferred.mover_write_cycles == inferred.host_read_cycles == 0


def test_the_hosts_cycles_are_all_there(board):
    """From one look at the clock to the next, as many cycles as the clock says, exactly.

    One command reads clock and counters, so each is read as much later than the clock both times.
    """
    first_clock, *first = look(board)
    board.write(Space.EXTERNAL, 0, np.zeros(4000, np.int16))
    board.read(Space.EXTERNAL, 0, 3000)
    clock, *uses = look(board)
    gained = [after - before for before, after in zip(first, uses, strict=True)]
    assert gained[1:] == [3000, 4000]
    assert sum(gained) == clock - first_clock


def test_a_pass_of_the_memory_test_is_not_the_hosts(board):
    """All its cycles are missing in the host's counters: it has the memory."""
    pause, most = 40_000, 20_000
    first_clock, *first = look(board)
    run_pass(board, Pass.PAUSE, 0, pause)
    clock, *uses = look(board)
    assert pause <= clock - first_clock - (sum(uses) - sum(first)) < pause + most


def test_self_test(board):
    few = MemoryRange(elements=3000, pause=5000)
    result = self_test(board, Console(quiet=True), tested=few)
    assert not result.predicted
    assert result.external == few


def test_self_test_of_a_broken_chip(monkeypatch):
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", "banks=2")
    with simulated_device(CONFIG) as device, pytest.raises(Mismatch, match="Bank pin 1 is open"):
        self_test(device, Console(quiet=True))
