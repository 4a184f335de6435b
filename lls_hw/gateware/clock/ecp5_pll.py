"""Dividers of the ECP5's PLL, and what all families do with theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from lls_hw.errors import LlsError

__all__ = ["FrequencyError", "PllDividers", "nearest", "pll_dividers"]

_REFERENCE = range(1, 129)
_FEEDBACK = range(1, 81)
_OUTPUT = range(1, 129)
_DETECTOR_MHZ = (3.125, 400.0)
_OSCILLATOR_MHZ = (400.0, 800.0)
_OUTPUT_MHZ = (3.125, 400.0)
_TOLERANCE = 1e-4

D = TypeVar("D")


class FrequencyError(LlsError, ValueError):
    """A clock that cannot be made; `below` is the nearest lower one, in MHz, if there is one."""

    def __init__(self, message: str, below: float | None = None) -> None:
        super().__init__(message)
        self.below = below


@dataclass(frozen=True)
class PllDividers:
    """Settings of EHXPLLL with its feedback from the output that makes the clock.

    The oscillator runs at ``input * feedback * output / reference``; the clock is
    ``input * feedback / reference``.
    """

    reference: int
    feedback: int
    output: int

    def frequency(self, source: float) -> float:
        """Clock in the unit of `source`."""
        return source * self.feedback / self.reference


def nearest(found: Mapping[float, D], source: float, wanted: float) -> D:
    """What makes `wanted` MHz, of all clocks that a PLL can make of `source` MHz.

    FrequencyError names the nearest clocks when none is within 0.01 %.
    """
    best = min(found, key=lambda clock: abs(clock - wanted))
    if abs(best - wanted) <= _TOLERANCE * wanted:
        return found[best]
    near = [max((f for f in found if f < wanted), default=None),
            min((f for f in found if f > wanted), default=None)]  # fmt: skip
    names = " or ".join(f"{f:.6g}" for f in near if f is not None)
    raise FrequencyError(
        f"{wanted:g} MHz cannot be made from the board's {source:g} MHz; "
        f"the nearest is {names} MHz.",
        near[0],
    )


def _candidates(source: float) -> dict[float, PllDividers]:
    """Every clock the PLL can make, each once, oscillator as near to mid-range as possible."""
    low, high = _OSCILLATOR_MHZ
    found: dict[float, PllDividers] = {}
    for reference in _REFERENCE:
        if not _DETECTOR_MHZ[0] <= source / reference <= _DETECTOR_MHZ[1]:
            continue
        for feedback in _FEEDBACK:
            clock = source * feedback / reference
            if not _OUTPUT_MHZ[0] <= clock <= _OUTPUT_MHZ[1] or clock in found:
                continue
            output = min(_OUTPUT, key=lambda div: abs(clock * div - (low + high) / 2))  # noqa: B023
            if low <= clock * output <= high:
                found[clock] = PllDividers(reference, feedback, output)
    return found


def pll_dividers(source: float, wanted: float) -> PllDividers:
    """Dividers that make `wanted` MHz from `source` MHz.

    FrequencyError names the nearest clocks when none is within 0.01 %.
    """
    return nearest(_candidates(source), source, wanted)
