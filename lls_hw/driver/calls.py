"""Calls that run a program on a board: one after the other."""

from collections.abc import Iterator
from typing import TypeVar

from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError

__all__ = ["Calls"]

Answer = TypeVar("Answer")


class Calls:
    """Lets one call at a time run programs on a board.

    A call that is broken off, by Ctrl-C or because nobody wants more of its answers, leaves a run
    behind. The next one would write into the input buffer that this run reads, and into sums and
    results that the broken one has not read.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._open: object | None = None
        """The call that has begun and not ended."""

    def wait(self) -> None:
        """Returns when no run is left of a call that was broken off."""
        if self._open is not None:
            self._device.read(Space.RESULT, 0, 1)

    def alone(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The answers of a call, which begins with the first; InputError once another has begun."""
        self.wait()
        call = self._open = object()
        for answer in answers:
            yield answer
            if self._open is not call:
                raise InputError(
                    "Another call of this trainer has begun before this one had given all of its "
                    "results; take all results of a call before the next one begins."
                )
        self._open = None
