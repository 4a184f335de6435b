"""Samples in the external memory: their size, how many fit, how fast the board brings them."""

from lls_hw.contract.frames import COMMAND_BYTES
from lls_hw.contract.memories import Memory
from lls_hw.contract.registers import Space
from lls_hw.contract.samples import LARGEST_SAMPLE, sample_elements
from lls_hw.contract.timing_mover import sample_cycles
from lls_hw.program.compiler import Program

__all__ = ["fetch_cycles", "link_bytes", "room", "sample_bytes", "stored_size"]

_COUNTING = 1.0
"""Bytes a sample for frames and for the sums over the results, both ways."""


def sample_bytes(program: Program) -> int:
    """int8 elements of a sample: pixels padded to words, or the values of an image."""
    first, values = program.layers[0], program.network.inputs
    if first.inputs.memory == Memory.IMAGE:
        return values
    word, channels = program.config.act_word, first.shape.in_channels
    return values // channels * -(-channels // word) * word


def stored_size(program: Program) -> int:
    """Elements of a sample in the external memory."""
    return sample_elements(sample_bytes(program))


def room(program: Program, base: int | None = None) -> int:
    """Samples for which the external memory has room from element `base` on.

    By default, behind the weights.
    """
    if base is None:
        base = program.plan.used[Memory.EXTERNAL]
    if sample_bytes(program) > LARGEST_SAMPLE:
        return 0
    return max(program.config.external_depth - base, 0) // stored_size(program)


def fetch_cycles(program: Program) -> int:
    """Cycles in which the board is expected to bring a sample, while it computes others."""
    return sample_cycles(sample_bytes(program))


def link_bytes(program: Program) -> float:
    """Bytes over the link for a stored sample, both ways together: about."""
    step = 2 * COMMAND_BYTES + Space.CONTROL.element_bytes  # names the samples, and runs
    return Space.SAMPLE.element_bytes + step / program.batch + _COUNTING
