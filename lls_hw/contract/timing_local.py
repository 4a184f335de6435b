"""Cycle formulas of the local update unit, exact; gateware and compiler read the same ones.

The unit works in slots. Slot k gathers sample k, computes the learning signal of sample k - 1 and
scatters the errors of sample k - 2; a slot lasts as long as its longest part. No term depends on
the data. `docs/local_update_unit.md` shows the schedule.
"""

from lls_hw.contract.config import Config
from lls_hw.contract.latency import RAM_LATENCY, UPDATE_LATENCY
from lls_hw.contract.latency_local import (
    ALIGN_LATENCY,
    COEFFICIENT_LATENCY,
    DIFFERENCE_LATENCY,
    DIVISION_START,
    DOT_LATENCY,
    ERROR_LATENCY,
    FETCH_LATENCY,
    GRADIENT_SUM_LATENCY,
    LEVEL_LATENCY,
    MODULATED_LATENCY,
    MODULATION_SUM_LATENCY,
    MULTIPLIER_LATENCY,
    NORM_START,
    NORM_STEPS,
    POWER_LATENCY,
    POWER_SUM_LATENCY,
    PRODUCT_LATENCY,
    RECIPROCAL_BITS,
    ROOT_BITS,
    SATURATE_LATENCY,
    SCALE_LATENCY,
    SECOND_HALF,
    SHIFTER_LATENCY,
    TERM_LATENCY,
    TREE_SUM_LATENCY,
)
from lls_hw.contract.modulation import MODULATIONS, modulation_words

__all__ = [
    "ALONG_CYCLES", "BACKWARD_DRAIN", "ERRORS_DRAIN", "FETCH_LATENCY", "FORWARD_DRAIN",
    "INVERSE_NORM_CYCLES", "LOGITS_DRAIN", "MODULATION_PRODUCT_CYCLES", "POWERS_DRAIN",
    "PROJECTION_CYCLES", "RECIPROCAL_CYCLES", "SCALE_CYCLES",
    "difference_cycles", "gather_cycles", "jacobian_cycles", "local_cycles", "modulation_walk",
    "scatter_drain", "signal_cycles", "term_cycles", "term_latency", "tree_cycles", "walk_cycles",
]  # fmt: skip

RECIPROCAL_CYCLES = DIVISION_START + RECIPROCAL_BITS
"""Cycles of a division."""
INVERSE_NORM_CYCLES = NORM_START + NORM_STEPS + ROOT_BITS + RECIPROCAL_CYCLES
"""Cycles from the sum of squares to 1 / norm."""
SCALE_CYCLES = MULTIPLIER_LATENCY + SCALE_LATENCY
"""Cycles from 1 / norm to the scale of the scores."""
LOGITS_DRAIN = RAM_LATENCY + MULTIPLIER_LATENCY + SHIFTER_LATENCY
"""Cycles from the last class to its logit."""
POWERS_DRAIN = RAM_LATENCY + POWER_LATENCY + POWER_SUM_LATENCY
"""Cycles from the last class to the sum of all powers."""
ERRORS_DRAIN = RAM_LATENCY + ERROR_LATENCY + MULTIPLIER_LATENCY
"""Cycles from the last class to the last product of an error and a score."""
PROJECTION_CYCLES = (
    DOT_LATENCY
    + SECOND_HALF
    + MULTIPLIER_LATENCY
    + ALIGN_LATENCY
    + SHIFTER_LATENCY
    + MULTIPLIER_LATENCY
    + COEFFICIENT_LATENCY
)
"""Cycles from the last product of an error and a score to the coefficient of u."""
ALONG_CYCLES = MULTIPLIER_LATENCY + SHIFTER_LATENCY
"""Cycles from a latent to its component along the error."""
MODULATION_PRODUCT_CYCLES = RAM_LATENCY + PRODUCT_LATENCY
"""Cycles from an entry's address to its products."""
FORWARD_DRAIN = MODULATION_PRODUCT_CYCLES + MODULATION_SUM_LATENCY + MODULATED_LATENCY
"""Cycles from the last entry of a modulation to its last modulated score."""
BACKWARD_DRAIN = MODULATION_PRODUCT_CYCLES + GRADIENT_SUM_LATENCY + UPDATE_LATENCY
"""Cycles from the last entry of a modulation to its last new value."""


def term_cycles(config: Config) -> int:
    """Cycles that a basis with a multiplier takes longer than a ternary one."""
    return 0 if config.basis_bits == 2 else 1


def term_latency(config: Config) -> int:
    """Cycles from a latent and its basis entries to the terms of the sums."""
    return TERM_LATENCY + term_cycles(config)


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
    drain = 0 if classifier else term_cycles(config) + last_group
    return walk + FETCH_LATENCY + TERM_LATENCY + drain


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


def tree_cycles(config: Config) -> int:
    """Cycles from the terms of a group to their sum over the lanes."""
    return (config.lanes - 1).bit_length()


def difference_cycles(config: Config) -> int:
    """Cycles from a latent and its last terms to both operands of their difference."""
    return max(tree_cycles(config) + TREE_SUM_LATENCY, ALONG_CYCLES)


def jacobian_cycles(config: Config) -> int:
    """Cycles from a latent and its last terms to its error."""
    scale = DIFFERENCE_LATENCY + MULTIPLIER_LATENCY + SATURATE_LATENCY
    return difference_cycles(config) + scale


def scatter_drain(config: Config) -> int:
    """Cycles from a scattering pass's last address to the completion of its statistics."""
    return FETCH_LATENCY + term_latency(config) + jacobian_cycles(config) + LEVEL_LATENCY


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
