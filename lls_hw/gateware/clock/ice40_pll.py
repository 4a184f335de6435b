"""Dividers of the iCE40's PLL."""

from dataclasses import dataclass

from lls_hw.gateware.clock.frequency import nearest

__all__ = ["Ice40Dividers", "ice40_dividers"]

_REFERENCE = range(16)
_FEEDBACK = range(128)
_OUTPUT = range(1, 7)
_DETECTOR_MHZ = (10.0, 133.0)
_OSCILLATOR_MHZ = (533.0, 1066.0)
_PLL_MHZ = (16.0, 275.0)
_FILTER_MHZ = (17.0, 26.0, 44.0, 66.0, 101.0)
"""Detector frequencies above which the loop filter takes the next setting."""


@dataclass(frozen=True)
class Ice40Dividers:
    """Settings of SB_PLL40_PAD; the clock is half as fast as the PLL's output."""

    divr: int
    divf: int
    divq: int

    def frequency(self, source: float) -> float:
        """Clock in the unit of `source`."""
        return source * (self.divf + 1) / (self.divr + 1) / (2 << self.divq)

    def filter_range(self, source: float) -> int:
        """Setting of the loop filter, for `source` in MHz."""
        detector = source / (self.divr + 1)
        return 1 + sum(detector >= limit for limit in _FILTER_MHZ)


def ice40_dividers(source: float, wanted: float) -> Ice40Dividers:
    """Dividers that make `wanted` MHz from `source` MHz.

    FrequencyError names the nearest clocks when none is within 0.01 %.
    """
    found: dict[float, Ice40Dividers] = {}
    for divr in _REFERENCE:
        detector = source / (divr + 1)
        if not _DETECTOR_MHZ[0] <= detector <= _DETECTOR_MHZ[1]:
            continue
        for divf in _FEEDBACK:
            oscillator = detector * (divf + 1)
            if not _OSCILLATOR_MHZ[0] <= oscillator <= _OSCILLATOR_MHZ[1]:
                continue
            for divq in _OUTPUT:
                if _PLL_MHZ[0] <= oscillator / 2**divq <= _PLL_MHZ[1]:
                    dividers = Ice40Dividers(divr, divf, divq)
                    found.setdefault(dividers.frequency(source), dividers)
    return nearest(found, source, wanted)
