"""Dividers of the ECP5's PLL."""

from dataclasses import dataclass

from lls_hw.gateware.clock.frequency import nearest

__all__ = ["PllDividers", "pll_dividers"]

_REFERENCE = range(1, 129)
_FEEDBACK = range(1, 81)
_OUTPUT = range(1, 129)
_DETECTOR_MHZ = (3.125, 400.0)
_OSCILLATOR_MHZ = (400.0, 800.0)
_OUTPUT_MHZ = (3.125, 400.0)


@dataclass(frozen=True)
class PllDividers:
    """Settings of EHXPLLL when its feedback comes from the output that makes the clock.

    The oscillator runs at ``input * feedback * output / reference``; the clock is
    ``input * feedback / reference``.
    """

    reference: int
    feedback: int
    output: int

    def frequency(self, source: float) -> float:
        """Clock in the unit of `source`."""
        return source * self.feedback / self.reference


def _candidates(source: float) -> dict[float, PllDividers]:
    """Every clock that the PLL can make, its oscillator as near to mid-range as possible."""
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
