"""Passes of the memory test, which the board does by itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from lls_hw.contract.memory_check import Pass, hashed
from lls_hw.contract.registers import TEST_RESULTS, Register, Space
from lls_hw.driver.device import Device
from lls_hw.driver.errors import LinkTimeout
from lls_hw.driver.transfers import register_transfer

__all__ = ["PassResult", "run_pass"]

_POLL = 0.05
"""Seconds between two looks at a pass."""
_PATIENCE = 30.0
"""Seconds a pass may make no progress."""


@dataclass(frozen=True, kw_only=True)
class PassResult:
    """What a pass has found; all zero if nothing is wrong."""

    errors: int
    """Wrong elements."""
    first: int
    """The first of them, in `Space.EXTERNAL`."""
    bits: int
    """Its wrong bits."""
    every: int
    """Bits that are wrong in any of them."""


def run_pass(
    device: Device,
    what: Pass,
    first: int,
    count: int,
    *,
    inverted: bool = False,
    progress: Callable[[int], object] = lambda elements: None,
) -> PassResult:
    """Runs a pass over `count` elements of the external memory, from `first` on, to its end.

    `progress` is told now and then how many elements are done. LinkTimeout when there are no more.
    """
    device.write(*register_transfer(Register.TEST_PLACE, address=first))
    device.write(*register_transfer(Register.TEST_VALUE, hash=hashed(first)))
    device.write(*register_transfer(Register.TEST_PASS, count=count, what=what, inverted=inverted))
    left, moved = count, time.monotonic()
    while True:
        found = _results(device)
        if found["left"] != left:
            left, moved = found["left"], time.monotonic()
            progress(count - left)
        if not found["busy"]:
            break
        if time.monotonic() - moved > _PATIENCE:
            raise LinkTimeout(
                f"The test of the external memory has stood still for {_PATIENCE:g} s with {left} "
                f"of {count} elements left; load the bitstream again."
            )
        time.sleep(_POLL)
    wrong = found["count"] > 0
    return PassResult(
        errors=found["count"],
        first=found["address"] * wrong,
        bits=found["first"] * wrong,
        every=found["every"],
    )


def _results(device: Device) -> dict[str, int]:
    """The fields of the registers that the test answers with."""
    values = device.read(Space.CONTROL, TEST_RESULTS[0], len(TEST_RESULTS)).tolist()
    found: dict[str, int] = {}
    for register, value in zip(TEST_RESULTS, values, strict=True):
        found |= register.fields.unpack(value)
    return found
