"""Calls of a trainer that are broken off: the next one trains the right bits, the old one stops."""

import numpy as np
import pytest

from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.trainer import GoldenTrainer
from lls_hw.simulator.device import simulated_device
from tests.golden.test_outside import CONFIG
from tests.golden.test_stored import BATCH, DENSE, SEED, samples_of, trainer_of

SAMPLES = samples_of(DENSE, 12 * BATCH)
ORDER = np.arange(12 * BATCH).reshape(-1, BATCH)
BATCHES = [(SAMPLES[0][chosen], SAMPLES[1][chosen]) for chosen in ORDER]


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


def begun(trainer: Trainer, how: str):
    """A call that trains all batches."""
    if how == "sent":
        return trainer.train(BATCHES)
    samples = trainer.store(*SAMPLES)
    return (
        trainer.train_stored(samples, [*ORDER] * 9)
        if how == "sums"
        else trainer.train_stored_each(samples, ORDER)
    )


def check_trained(trainer: Trainer, last: int) -> None:
    """The board has trained the first batches, as many as its step says, and then the last."""
    state = trainer.save()
    golden = GoldenTrainer(DENSE, BATCH)
    golden.load(initial_state(DENSE, BATCH, SEED))
    golden.set_learning_rate(DENSE.training.lr_shifts[0])
    list(golden.train([*(BATCHES * 9)[: state.step - 1], BATCHES[last]]))
    for seen, expected in zip(state.weights, golden.save().weights, strict=True):
        np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("how", ["sent", "stored", "sums"])
@pytest.mark.parametrize("taken", [1, 2])
def test_the_next_call_waits_for_the_run_that_is_left(board, how, taken):
    """It would write into the buffer of that run. Either buffer is the last one."""
    trainer = trainer_of(board, DENSE)
    call = begun(trainer, how)
    for _ in range(taken):
        next(call)
    list(trainer.train([BATCHES[11]]))
    check_trained(trainer, 11)
    with pytest.raises(InputError, match="Another call of this trainer has begun before this one"):
        next(call)


def test_sums_and_results_of_the_next_call_are_its_own(board):
    """A call that is broken off has results which it has not taken."""
    trainer = trainer_of(board, DENSE)
    expected = [result.probability.tolist() for result in trainer.infer(*SAMPLES)]
    trainer.set_learning_rate(15)
    samples = trainer.store(*SAMPLES)
    whole = sum(counts.correct for counts in trainer.infer_stored(samples))
    for use in (trainer.infer, trainer.scores):
        trainer.load(initial_state(DENSE, BATCH, SEED))
        next(trainer.train(BATCHES))
        trainer.load(initial_state(DENSE, BATCH, SEED))
        next(use(*SAMPLES[: 2 - (use == trainer.scores)]))
        assert sum(counts.correct for counts in trainer.infer_stored(samples)) == whole
        seen = [result.probability.tolist() for result in trainer.infer(*SAMPLES)]
        assert seen == expected


def test_counters_wait_for_the_run_that_is_left(board):
    trainer = trainer_of(board, DENSE)
    list(trainer.train(BATCHES[:1]))
    whole = trainer.counters().cycles
    call = trainer.train(BATCHES)
    next(call)
    assert trainer.counters().cycles == whole


def test_a_call_whose_batches_fail_leaves_the_trainer_of_use(board):
    trainer = trainer_of(board, DENSE)
    wrong = (SAMPLES[0][:3], SAMPLES[1][:3])
    with pytest.raises(InputError, match="3 samples; a training step takes 8"):
        list(trainer.train([*BATCHES[:3], wrong]))
    list(trainer.train([BATCHES[11]]))
    check_trained(trainer, 11)


@pytest.mark.parametrize("way", ["train_stored", "train_stored_each"])
def test_samples_that_are_forgotten_meanwhile(board, way):
    """Others lie there now: they must not be trained in their place."""
    trainer = trainer_of(board, DENSE)
    call = getattr(trainer, way)(trainer.store(*SAMPLES), [*ORDER] * 9)
    next(call)
    trainer.forget()
    trainer.store(*samples_of(DENSE, 90, 1))
    with pytest.raises(InputError, match="do not lie on the board, or no longer"):
        list(call)
