"""Dividers of the PLL of Xilinx 7-series devices."""

from dataclasses import dataclass

from lls_hw.gateware.clock.frequency import nearest

__all__ = ["XilinxDividers", "xilinx_dividers"]

_REFERENCE = range(1, 57)
_FEEDBACK = range(2, 65)
_OUTPUT = range(1, 129)
_DETECTOR_MHZ = (19.0, 450.0)
_OSCILLATOR_MHZ = (800.0, 1600.0)


@dataclass(frozen=True)
class XilinxDividers:
    """Settings of PLLE2_ADV; the clock is ``source * feedback / reference / output``."""

    reference: int
    feedback: int
    output: int

    def frequency(self, source: float) -> float:
        """Clock in the unit of `source`."""
        return source * self.feedback / self.reference / self.output


def xilinx_dividers(source: float, wanted: float) -> XilinxDividers:
    """Dividers that make `wanted` MHz from `source` MHz, the oscillator as fast as it can be.

    FrequencyError names the nearest clocks when none is within 0.01 %.
    """
    found: dict[float, tuple[float, XilinxDividers]] = {}
    for reference in _REFERENCE:
        detector = source / reference
        if not _DETECTOR_MHZ[0] <= detector <= _DETECTOR_MHZ[1]:
            continue
        for feedback in _FEEDBACK:
            oscillator = detector * feedback
            if not _OSCILLATOR_MHZ[0] <= oscillator <= _OSCILLATOR_MHZ[1]:
                continue
            for output in _OUTPUT:
                dividers = XilinxDividers(reference, feedback, output)
                clock = dividers.frequency(source)
                if clock not in found or found[clock][0] < oscillator:
                    found[clock] = oscillator, dividers
    return nearest({clock: dividers for clock, (_, dividers) in found.items()}, source, wanted)
