"""Samples that lie in a board's external memory, and how batches of them are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.memories import Memory
from lls_hw.contract.registers import SAMPLE, Register, Space
from lls_hw.contract.samples import pack_samples
from lls_hw.driver.errors import InputError
from lls_hw.driver.kept import few_places
from lls_hw.driver.transfers import (
    Transfer,
    input_elements,
    input_start,
    input_step,
    input_transfers,
    label_transfer,
    register_transfer,
)
from lls_hw.program.compiler import Program
from lls_hw.program.stored import sample_bytes

__all__ = [
    "SAMPLES_AT_ONCE", "StoredSamples", "batch_transfers", "check_named",
    "place_transfers", "store_transfers",
]  # fmt: skip

SAMPLES_AT_ONCE = 256
"""About how many samples are stored, or counted, together: more cost fewer bytes, and are seen
later."""


@dataclass(frozen=True)
class StoredSamples:
    """Samples of which the first `fitting` lie in the external memory.

    The others are sent whenever a batch has one of them.
    """

    inputs: NDArray[np.int8]
    labels: NDArray[np.uint8]
    fitting: int
    base: int
    """First element in the external memory."""
    size: int
    """Elements of a sample there."""

    def __len__(self) -> int:
        return len(self.labels)

    def few(self, program: Program, first: int, end: int) -> Transfer:
        """Those from `first` to `end`, as they lie in the external memory."""
        chosen = slice(first, end)
        inputs = input_elements(program, self.inputs[chosen])
        elements = pack_samples(inputs, self.labels[chosen])
        return Transfer(Space.EXTERNAL, self.base + first * self.size, elements.reshape(-1))

    def some(self, program: Program) -> Iterator[Transfer]:
        """Those of `few_places`."""
        return (self.few(program, number, number + 1) for number in few_places(self.fitting))

    @property
    def end(self) -> int:
        """First element behind them."""
        return self.base + self.fitting * self.size


def place_transfers(program: Program) -> Iterator[Transfer]:
    """Where the board brings stored samples."""
    start = input_start(program, 0)
    image = program.layers[0].inputs.memory == Memory.IMAGE
    yield register_transfer(Register.SAMPLE_SIZE, elements=sample_bytes(program), image=image)
    yield register_transfer(Register.SAMPLE_START, value=start)
    yield register_transfer(Register.SAMPLE_BUFFER, value=input_start(program, 1) - start)
    yield register_transfer(Register.SAMPLE_STEP, value=input_step(program))


def store_transfers(program: Program, stored: StoredSamples) -> Iterator[Transfer]:
    """The samples that fit, some at a time."""
    for first in range(0, stored.fitting, SAMPLES_AT_ONCE):
        yield stored.few(program, first, min(first + SAMPLES_AT_ONCE, stored.fitting))


def check_named(stored: StoredSamples, batch: int, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of a step's samples; InputError if they are none."""
    numbers = np.asarray(chosen)
    if numbers.shape != (batch,):
        raise InputError(f"A step's samples have the shape {numbers.shape}; name {batch} of them.")
    if numbers.dtype.kind not in "iu":
        raise InputError(f"A step's samples are named by {numbers.dtype}; give whole numbers.")
    if not 0 <= int(numbers.min()) <= int(numbers.max()) < len(stored):
        raise InputError(
            f"A step names samples {numbers.min()} to {numbers.max()}; there are "
            f"{len(stored)}, from 0."
        )
    return numbers.astype(np.int64, copy=False)


def batch_transfers(
    program: Program, stored: StoredSamples, chosen: NDArray[np.int64], buffer: int
) -> Iterator[Transfer]:
    """A batch of the samples `chosen` into an input buffer; the absent ones come last."""
    absent = chosen >= stored.fitting
    addresses = np.where(absent, 0, stored.base + chosen * stored.size)
    positions = SAMPLE.positions
    elements = addresses << positions["address"] | absent.astype(np.int64) << positions["absent"]
    first = buffer * program.config.max_batch
    yield Transfer(Space.SAMPLE, first, elements.astype(np.uint32))
    for slot in np.flatnonzero(absent).tolist():
        one = slice(chosen[slot], chosen[slot] + 1)
        yield from input_transfers(program, stored.inputs[one], buffer, slot)
        yield label_transfer(program, stored.labels[one], buffer, slot)
