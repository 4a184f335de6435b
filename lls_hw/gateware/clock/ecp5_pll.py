"""Dividers of the ECP5's PLL."""

from dataclasses import dataclass

from lls_hw.gateware.clock.frequency import FrequencyError, nearest

__all__ = [
    "DETECTOR_MHZ",
    "FEEDBACK",
    "OSCILLATOR_MHZ",
    "OUTPUT",
    "OUTPUT_MHZ",
    "REFERENCE",
    "PllDividers",
    "PllPhase",
    "pll_dividers",
    "pll_phase",
]

REFERENCE = range(1, 129)
FEEDBACK = range(1, 81)
OUTPUT = range(1, 129)
DETECTOR_MHZ = (3.125, 400.0)
OSCILLATOR_MHZ = (400.0, 800.0)
OUTPUT_MHZ = (3.125, 400.0)
_FINE = 8
"""Fine steps of the phase in a period of the oscillator."""


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


@dataclass(frozen=True)
class PllPhase:
    """Delay of a second output of EHXPLLL, which has the first one's divider.

    The delay is ``coarse`` periods of the oscillator and ``fine`` eighths of one.
    """

    coarse: int
    fine: int
    output: int
    """Divider of both outputs."""

    @property
    def degrees(self) -> float:
        """Delay in degrees of the clock."""
        return 360 * (self.coarse * _FINE + self.fine) / (self.output * _FINE)


def pll_phase(dividers: PllDividers, degrees: float) -> PllPhase:
    """The phase nearest to `degrees`, 0..360, that the PLL can make; its steps are
    ``45 / output`` degrees. FrequencyError if it is out of range."""
    if not 0 <= degrees < 360:
        raise FrequencyError(
            f"The phase is {degrees:g} degrees; it must be at least 0 and below 360."
        )
    steps = dividers.output * _FINE
    coarse, fine = divmod(round(degrees * steps / 360) % steps, _FINE)
    return PllPhase(coarse, fine, dividers.output)


def _candidates(source: float) -> dict[float, PllDividers]:
    """Every clock that the PLL can make, its oscillator as near to mid-range as possible."""
    low, high = OSCILLATOR_MHZ
    found: dict[float, PllDividers] = {}
    for reference in REFERENCE:
        if not DETECTOR_MHZ[0] <= source / reference <= DETECTOR_MHZ[1]:
            continue
        for feedback in FEEDBACK:
            clock = source * feedback / reference
            if not OUTPUT_MHZ[0] <= clock <= OUTPUT_MHZ[1] or clock in found:
                continue
            output = min(OUTPUT, key=lambda div: abs(clock * div - (low + high) / 2))  # noqa: B023
            if low <= clock * output <= high:
                found[clock] = PllDividers(reference, feedback, output)
    return found


def pll_dividers(source: float, wanted: float) -> PllDividers:
    """Dividers that make `wanted` MHz from `source` MHz.

    FrequencyError names the nearest clocks when none is within 0.01 %.
    """
    return nearest(_candidates(source), source, wanted)
