"""Whether a session's samples lie in the board's external memory."""

import numpy as np

from lls_hw.driver.errors import InputError
from lls_hw.driver.stored import StoredSamples
from lls_hw.driver.trainer import Trainer
from lls_hw.session.board import Board, Engine
from lls_hw.session.progress import Reporter
from lls_hw.session.samples import Samples

__all__ = ["check_store", "found", "store", "wanted"]


def check_store(board: Board, asked: bool | None) -> None:
    """InputError if samples are to be stored on a board that cannot.

    The golden model computes where the samples are: there is nothing to store.
    """
    if asked and board.device and not board.device.config.external_depth:
        raise InputError(
            f"The board {board.url} has no external memory to store images in; leave store out, or "
            "take an engine with one, such as preset sdram."
        )


def wanted(engine: Engine, asked: bool | None, epochs: int) -> bool:
    """Whether to store: by default, where samples are used more than once."""
    able = isinstance(engine, Trainer) and engine.device.config.external_depth > 0
    return able and (asked if asked is not None else epochs > 1)


def found(engine: Engine, samples: Samples) -> StoredSamples | None:
    """The samples in the external memory, if they have been stored."""
    for stored in engine.stored if isinstance(engine, Trainer) else ():
        if _same(stored.inputs, samples.inputs) and _same(stored.labels, samples.labels):
            return stored
    return None


def store(
    engine: Engine, samples: Samples, tested: Samples | None, report: Reporter
) -> StoredSamples | None:
    """Stores the samples to train and to test with, as far as they fit, unless they are stored."""
    if not isinstance(engine, Trainer):
        return None
    training = found(engine, samples)
    if training is None:
        engine.forget()
        training = engine.store(*samples)
        _tell(training, "training", report)
    if tested is not None and found(engine, tested) is None:
        _tell(engine.store(*tested), "test", report)
    return training


def _tell(stored: StoredSamples, which: str, report: Reporter) -> None:
    """Says how many are stored."""
    count = len(stored)
    if stored.fitting == count:
        report.note(f"all {count:,} {which} images are stored on the board")
    else:
        report.note(
            f"{stored.fitting:,} of {count:,} {which} images fit the board's external memory; the "
            "others are sent each time"
        )


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one is other or np.array_equal(one, other)
