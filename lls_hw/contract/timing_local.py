"""Cycle formulas of the local update unit, exact; gateware and compiler read the same ones.

The unit works in slots. Slot k gathers sample k, computes the learning signal of sample k - 1 and
scatters the errors of sample k - 2; a slot lasts as long as its longest part. No term depends on
the data. `docs/local_update_unit.md` shows the schedule.
"""

from lls_hw.contract.config import Config
from lls_hw.contract.modulation import MODULATIONS, modulation_words

__all__ = [
    "BACKWARD_DRAIN", "ERRORS_DRAIN", "FETCH_LATENCY", "FORWARD_DRAIN", "INVERSE_NORM_CYCLES",
    "LOGITS_DRAIN", "POWERS_DRAIN", "PROJECTION_CYCLES", "RECIPROCAL_CYCLES", "SCALE_CYCLES",
    "gather_cycles", "local_cycles", "modulation_walk", "scatter_drain", "signal_cycles",
    "term_cycles", "walk_cycles",
]  # fmt: skip

FETCH_LATENCY = 3
"""Cycles from a latent's address to the latent; the basis takes one cycle less."""
RECIPROCAL_CYCLES = 18
"""Cycles of a division: 17 quotient bits and the start."""
INVERSE_NORM_CYCLES = 1 + 5 + 16 + RECIPROCAL_CYCLES
"""Start, normalisation, square root, division."""
SCALE_CYCLES = 4
"""Cycles from 1 / norm to the scale of the scores."""
LOGITS_DRAIN = 7
"""Cycles from the last class to the largest logit."""
POWERS_DRAIN = 7
"""Cycles from the last class to the sum of all powers."""
ERRORS_DRAIN = 8
"""Cycles from the last class to the complete product of errors and scores."""
PROJECTION_CYCLES = 12
"""Cycles from the product of errors and scores to the coefficient of u."""
FORWARD_DRAIN = 5
"""Cycles from the last entry of a modulation to its last modulated score."""
BACKWARD_DRAIN = 9
"""Cycles from the last entry of a modulation to its last new value."""


def term_cycles(config: Config) -> int:
    """Cycles that a basis with a multiplier takes longer than a ternary one."""
    return 0 if config.basis_bits == 2 else 1


def _groups(config: Config, classes: int) -> int:
    return -(-classes // config.lanes)


def walk_cycles(config: Config, *, classifier: bool, length: int, classes: int) -> int:
    """Cycles from the start of a gathering pass to its last address."""
    if classifier:
        return length
    groups = _groups(config, classes)
    return groups * length + (groups - 1) * config.lanes


def gather_cycles(config: Config, *, classifier: bool, length: int, classes: int) -> int:
    """Cycles from the start of a gathering pass to its last score."""
    walk = walk_cycles(config, classifier=classifier, length=length, classes=classes)
    last_group = classes - (_groups(config, classes) - 1) * config.lanes
    return walk + FETCH_LATENCY + 1 + (0 if classifier else term_cycles(config) + last_group)


def modulation_walk(modulation: int, classes: int) -> int:
    """Entries of a modulation, by its number in `lls_hw.contract.modulation.MODULATIONS`."""
    return modulation_words(MODULATIONS[modulation], classes)


def signal_cycles(*, classifier: bool, classes: int, modulation: int = 0) -> int:
    """Cycles from a sample's scores to its errors."""
    softmax = 3 * classes + LOGITS_DRAIN + POWERS_DRAIN + RECIPROCAL_CYCLES + ERRORS_DRAIN
    if classifier:
        return softmax
    around = INVERSE_NORM_CYCLES + softmax + PROJECTION_CYCLES
    if not modulation:
        return around + SCALE_CYCLES
    drains = LOGITS_DRAIN + FORWARD_DRAIN + BACKWARD_DRAIN
    return around + classes + 2 * modulation_walk(modulation, classes) + drains


def scatter_drain(config: Config) -> int:
    """Cycles from a scattering pass's last address to the completion of its statistics."""
    tree = (config.lanes - 1).bit_length()
    return FETCH_LATENCY + 1 + term_cycles(config) + max(tree + 1, 5) + 7


def _scatter_cycles(
    config: Config, *, classifier: bool, length: int, words: int, classes: int
) -> int:
    groups = 1 if classifier else _groups(config, classes)
    return (groups - 1) * length + words * config.cols + scatter_drain(config)


def local_cycles(
    config: Config,
    *,
    classifier: bool,
    train: bool,
    samples: int,
    length: int,
    words: int,
    classes: int,
    modulation: int = 0,
) -> int:
    """Cycles that `busy` is high for one command, from the one after its acceptance."""
    walk = walk_cycles(config, classifier=classifier, length=length, classes=classes)
    gather = gather_cycles(config, classifier=classifier, length=length, classes=classes)
    signal = signal_cycles(classifier=classifier, classes=classes, modulation=modulation)
    scatter = _scatter_cycles(
        config, classifier=classifier, length=length, words=words, classes=classes
    )
    total = 1
    for slot in range(samples + (2 if train else 1)):
        longest = 0
        if slot < samples:
            longest = gather
        if 1 <= slot <= samples:
            longest = max(longest, signal)
        if slot >= 2 and train:
            longest = max(longest, scatter + (walk if slot < samples else 0))
        total += 1 + longest
    return total
