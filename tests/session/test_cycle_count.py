"""Cycles of epochs in which the clock register of a board runs over."""

import numpy as np
import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.line import Line
from lls_hw.contract.registers import Register, Space
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.trainer import GoldenTrainer
from lls_hw.session import cycle_count
from lls_hw.session.cycle_count import CLOCK_RANGE, LOOK, CycleCount
from tests.driver.fake_board import FakeBoard

HZ = 131_000_000
"""The fastest clock that an engine may have."""


class Board:
    """A fake board whose clock follows a time that stands still until it is told to go on."""

    def __init__(self, network, monkeypatch, begun):
        self.fake = FakeBoard(preset("tiny"))
        self.trainer = Trainer(self.fake, network)
        self.seconds, self.begun, self.reads = 0.0, begun, 0
        monkeypatch.setattr(cycle_count.time, "monotonic", lambda: self.seconds)
        monkeypatch.setattr(self.fake, "read_async", self.read)
        self.go(0)

    def read(self, space, address, count):
        self.reads += 1
        return FakeBoard.read_async(self.fake, space, address, count)

    @property
    def cycles(self):
        return round(self.seconds * HZ)

    def go(self, seconds):
        self.seconds += seconds
        clock = (self.begun + self.cycles) % CLOCK_RANGE
        self.fake.memory[Space.CONTROL][Register.CLOCK] = np.uint32(clock)


@pytest.fixture
def board(network, monkeypatch):
    return Board(network, monkeypatch, begun=CLOCK_RANGE - 7)


def test_the_register_runs_over_many_times(board):
    """Looks come at each result; the board is asked only every few seconds."""
    count = CycleCount(board.trainer)
    for _ in range(2000):
        board.go(0.1)
        count.look()
    board.go(LOOK)
    assert board.cycles > 6 * CLOCK_RANGE
    assert count.end() == board.cycles
    assert 200 / LOOK * 0.9 < board.reads <= 200 / LOOK


def test_short_epochs_ask_nothing(board):
    count = CycleCount(board.trainer)
    for _ in range(10):
        board.go(LOOK / 11)
        count.look()
    assert (count.end(), board.reads) == (board.cycles, 0)


def test_what_was_waited(board):
    """Three quarters of six rounds of the register, and nothing of a time too short."""
    count, predicted = CycleCount(board.trainer), board.trainer.program.train_cycles
    while board.cycles < 6 * CLOCK_RANGE:
        board.go(1)
        count.look()
    steps = board.cycles // (4 * predicted)
    assert count.waited(steps) == 1 - steps * predicted / board.cycles
    assert CycleCount(board.trainer).waited(1) == 0


def test_a_board_that_counts_itself_is_not_asked_over_the_line(board, monkeypatch):
    """A simulated one behind a line: its register misses cycles of waiting."""
    monkeypatch.setattr(board.fake, "counted", lambda: 3 * board.cycles)
    count = CycleCount(board.trainer)
    for _ in range(100):
        board.go(LOOK)
        count.look()
    assert (count.end(), board.reads) == (3 * board.cycles, 0)
    assert count.seconds(Line(3_000_000, 131)) == pytest.approx(3 * board.seconds)
    assert count.seconds(None) is None


def test_no_clock(network):
    engine = GoldenTrainer(network, 4, preset("tiny"), "cpu", False)
    count = CycleCount(engine)
    count.look()
    assert count.end() is None
    assert count.waited(3) is None
