"""A test of a board's external memory: data lines, address lines, every element, retention."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lls_hw.contract.config import Config
from lls_hw.contract.memory_check import ELEMENT_BITS, Pass
from lls_hw.contract.registers import Space
from lls_hw.contract.sdram import SdramChip, chip_with
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError
from lls_hw.driver.memory_check import run_pass
from lls_hw.golden.memory_faults import address_fault, element_fault
from lls_hw.golden.verify import Mismatch

__all__ = ["RETENTION", "MemoryRange", "check_elements", "external_test", "memory_range"]

RETENTION = 1 << 23
"""Cycles that elements must last: at any clock up to 131 MHz at least 64 ms, in which a chip
refreshes each of its rows once."""
SIMULATED_RANGE = 1 << 16
"""Elements of a simulated board's memory that are tested unless somebody says how many."""
_REMEDY = (
    "check that the board has the SDRAM that the bitstream was built for, and build with another "
    "clock phase or a lower --frequency"
)
_HERE, _THERE = np.int16(0x5A5A), np.int16(~0x5A5A)


@dataclass(frozen=True, kw_only=True)
class MemoryRange:
    """How much of an external memory is tested."""

    elements: int
    """The first so many; each is written and read, then the same with all bits inverted."""
    pause: int = RETENTION
    """Cycles after which they are read again."""

    @property
    def work(self) -> int:
        """Elements and cycles of all passes."""
        return 2 * (3 * self.elements + self.pause)


def check_elements(elements: int, config: Config, name: str) -> None:
    """InputError if the external memory of an engine, that of the board `name`, has not so many."""
    depth = Space.EXTERNAL.capacity(config)
    if not 1 <= elements <= depth:
        has = f"{depth} elements; choose 1..{depth}" if depth else "none; leave the number out"
        raise InputError(
            f"{elements} elements of the external memory cannot be tested: {name} has {has}."
        )


def memory_range(
    device: Device, elements: int | None, *, simulated: bool = False
) -> MemoryRange | None:
    """What to test of a board's external memory: by default all of it, or a few if `simulated`.

    Elements of a simulated memory must last as many cycles as there are elements, of a real one
    `RETENTION`, which takes minutes to simulate. None if the board has no such memory. InputError
    if it has not so many elements.
    """
    depth = Space.EXTERNAL.capacity(device.config)
    if elements is None:
        if not depth:
            return None
        elements = min(depth, SIMULATED_RANGE) if simulated else depth
    check_elements(elements, device.config, device.name)
    pause = min(elements, RETENTION) if simulated else RETENTION
    return MemoryRange(elements=elements, pause=pause)


def external_test(
    device: Device,
    tested: MemoryRange | None = None,
    progress: Callable[[int], object] = lambda work: None,
) -> MemoryRange:
    """Tests each data line and each address line alone, then every element (default: all).

    The board writes and compares by itself, in both polarities, right away and after a pause.
    `progress` is told how much of `MemoryRange.work` has been done since it was called last.
    Returns what was tested. Mismatch says what the first fault looks like, and what to try.
    """
    depth = Space.EXTERNAL.capacity(device.config)
    chip = chip_with(depth)
    tested = tested or MemoryRange(elements=depth)
    _data_lines(device, depth - 1)
    _address_lines(device, depth, chip)
    for inverted in (False, True):
        for what, paused in (
            (Pass.WRITE, 0), (Pass.READ, 0), (Pass.PAUSE, 0), (Pass.READ, tested.pause)
        ):  # fmt: skip
            count = tested.pause if what is Pass.PAUSE else tested.elements
            done = 0

            def tell(so_far: int) -> None:
                nonlocal done
                progress(so_far - done)
                done = so_far

            result = run_pass(device, what, 0, count, inverted=inverted, progress=tell)
            if result.errors:
                raise Mismatch(
                    element_fault(result, count, inverted=inverted, paused=paused, chip=chip)
                )
    return tested


def _apart(device: Device, value: np.int16, other: int) -> int:
    """What is read where `value` was written, after another element got the opposite."""
    device.write(Space.EXTERNAL, 0, np.array([value]))
    device.write(Space.EXTERNAL, other, np.array([~value]))
    return int(device.read(Space.EXTERNAL, 0, 1)[0])


def _data_lines(device: Device, other: int) -> None:
    """Mismatch that names data lines which do not follow what is written.

    The `other` element shares no address line with the first, and the bus forgets what it carried.
    """
    ones = (1 << np.arange(ELEMENT_BITS)).astype(np.uint16).view(np.int16)
    written = np.concatenate([ones, ~ones])
    seen = np.array([_apart(device, value, other) for value in written], np.int16)
    a, b = written.view(np.uint16), seen.view(np.uint16)
    if (a == b).all():
        return
    high = [bit for bit in range(ELEMENT_BITS) if (b >> bit & 1).all()]
    low = [bit for bit in range(ELEMENT_BITS) if not (b >> bit & 1).any()]
    if len(high) + len(low) == ELEMENT_BITS or (a == ~b).all():
        raise Mismatch(
            "The external memory does not answer: there is no chip, or nobody drives the data "
            f"lines ({int(a[0]):#06x} was written, {int(b[0]):#06x} was read); {_REMEDY}."
        )
    first = int(np.flatnonzero(a != b)[0])
    stuck = [*(f"{bit} is stuck at 1" for bit in high), *(f"{bit} is stuck at 0" for bit in low)]
    what = f"data line {', '.join(stuck)}" if stuck else "the data lines are read at a wrong time"
    remedy = "check its pin in the board's file and its solder joint" if stuck else _REMEDY
    raise Mismatch(
        f"The external memory does not keep its data: {what} ({int(a[first]):#06x} was "
        f"written, {int(b[first]):#06x} was read); {remedy}."
    )


def _address_lines(device: Device, depth: int, chip: SdramChip | None) -> None:
    """Mismatch that names address bits which make no difference."""
    silent = []
    for bit in range(depth.bit_length() - 1):
        device.write(Space.EXTERNAL, 0, np.array([_HERE]))
        device.write(Space.EXTERNAL, 1 << bit, np.array([_THERE]))
        if device.read(Space.EXTERNAL, 0, 1)[0] != _HERE:
            silent.append(bit)
    if silent:
        raise Mismatch(address_fault(silent, chip))
