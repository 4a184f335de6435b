"""Whether a session's samples lie in the board's external memory."""

import numpy as np

from lls_hw.contract.config import Config
from lls_hw.driver.errors import InputError
from lls_hw.driver.stored import StoredSamples
from lls_hw.driver.trainer import Trainer
from lls_hw.driver.transport import is_golden
from lls_hw.session.board import Engine
from lls_hw.session.flags import check_flags
from lls_hw.session.progress import Reporter
from lls_hw.session.samples import Samples

__all__ = ["check_store", "forget", "found", "kept_count", "store", "wanted"]


def check_store(asked: bool | None, url: str, config: Config | None) -> None:
    """InputError if samples are to be stored where that cannot be, or it is neither yes nor no."""
    check_flags(store=asked)
    if asked and is_golden(url):
        raise InputError(
            f"The board {url} is the golden model, which takes images where they are and stores "
            "none; leave out store (--store)."
        )
    if asked and config and not config.external_depth:
        raise InputError(
            f"The board {url} has no external memory to store images in; leave out store "
            "(--store), or take an engine with one, such as preset sdram."
        )


def wanted(engine: Engine, asked: bool | None, epochs: int) -> bool:
    """Whether to store: by default, where samples are used more than once."""
    able = isinstance(engine, Trainer) and engine.device.config.external_depth > 0
    return able and (asked if asked is not None else epochs > 1)


def found(engine: Engine, samples: Samples) -> StoredSamples | None:
    """The samples in the external memory, if they have been stored."""
    for stored in engine.stored if isinstance(engine, Trainer) else ():
        if _holds(stored, samples):
            return stored
    return None


def kept_count(engine: Engine | None) -> int:
    """Samples to train with that lie in the external memory."""
    stored = engine.stored if isinstance(engine, Trainer) else []
    return stored[0].fitting if stored else 0


def forget(engine: Engine) -> None:
    """Samples are sent from now on."""
    if isinstance(engine, Trainer):
        engine.forget()


def store(engine: Engine, samples: Samples, tested: Samples | None, report: Reporter) -> None:
    """Stores the samples to train and to test with, as far as they fit, unless they are stored.

    Others that lie there make room. The golden model stores none: it computes where they are.
    """
    if not isinstance(engine, Trainer):
        return
    first = engine.stored[0] if engine.stored else None
    if first is None or not _holds(first, samples):
        engine.forget()
        _written(engine, samples, "training", report)
    if tested is not None and found(engine, tested) is None:
        engine.forget(but=1)
        _written(engine, tested, "test", report)


def _written(engine: Trainer, samples: Samples, which: str, report: Reporter) -> None:
    """Stores, and says how many fit."""
    count = len(samples.labels)
    fitting = min(count, engine.room())
    report.begin(f"store {which} images", fitting)
    engine.store(*samples, lambda written: report.advance("", written))
    if fitting == count:
        report.note(f"all {count:,} {which} images are stored on the board")
    else:
        report.note(
            f"{fitting:,} of {count:,} {which} images fit the board's external memory; the "
            "others are sent each time"
        )


def _holds(stored: StoredSamples, samples: Samples) -> bool:
    return _same(stored.inputs, samples.inputs) and _same(stored.labels, samples.labels)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one is other or np.array_equal(one, other)
