"""Choice among the clocks that a PLL can make."""

from collections.abc import Mapping
from typing import TypeVar

from lls_hw.errors import LlsError

__all__ = ["FrequencyError", "nearest"]

_TOLERANCE = 1e-4

D = TypeVar("D")


class FrequencyError(LlsError, ValueError):
    """A clock that cannot be made; `below` is the nearest lower one, in MHz, if there is one."""

    def __init__(self, message: str, below: float | None = None) -> None:
        super().__init__(message)
        self.below = below


def nearest(found: Mapping[float, D], source: float, wanted: float) -> D:
    """The settings for `wanted` MHz, among those for all clocks that a PLL can make.

    FrequencyError names the nearest clocks when none is within 0.01 %.

    Parameters
    ----------
    found : settings of the PLL by clock, in MHz.
    source : frequency of the oscillator in MHz.
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
