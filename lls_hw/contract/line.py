"""The serial line: 8 data bits, no parity, 1 stop bit; what it brings, and what a clock can make.

Boards, gateware, driver, simulated board, speeds and tables all read these facts here.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from lls_hw.errors import LlsError

__all__ = [
    "BAUD", "BYTE_BITS", "DATA_BITS", "EXPECTED_CLOCK", "LEAST_BAUD", "PHASE_BITS", "RATES",
    "SHORTEST_BIT", "STOP_BITS", "Line", "LineError", "divider", "rate_of", "rate_text",
]  # fmt: skip

BAUD = 3_000_000
"""Bits a second of a line that does not say otherwise."""
RATES = (BAUD, 8_000_000, 6_000_000, 1_000_000)
"""All rates of boards, in the order in which the driver tries them."""
LEAST_BAUD = 9_600
"""Slowest line that is worth simulating."""
EXPECTED_CLOCK = 80
"""Engine clock, in MHz, of plans and simulated boards that do not say otherwise."""

DATA_BITS = 8
STOP_BITS = 1
BYTE_BITS = 1 + DATA_BITS + STOP_BITS
"""Bits of a byte on the line, the start bit among them."""

PHASE_BITS = 16
"""Of the accumulator that divides the engine's clock."""
SHORTEST_BIT = 8
"""Cycles that a bit must last; the accumulator moves an edge by a cycle at most."""
LARGEST_ERROR = 0.005
"""Of the mean rate that the accumulator makes: a twentieth of a bit at the end of a byte."""

_RATE = re.compile(r"(\d+(?:\.\d+)?)([kM]?)")
_SCALE = {"": 1, "k": 1_000, "M": 1_000_000}


class LineError(LlsError, ValueError):
    """A rate that is none, or that a clock cannot make."""


def rate_of(text: str) -> int:
    """The number that `3M`, `921.6k` or `1000000` means. LineError if it is none."""
    found = _RATE.fullmatch(text)
    value = Fraction(found[1]) * _SCALE[found[2]] if found else Fraction()
    if value < 1 or value.denominator != 1:
        raise LineError(f"{text!r} is no rate; write 3M, 921.6k or 1000000.")
    return int(value)


def rate_text(baud: int) -> str:
    """A rate as one says it: 3 Mbaud, 115.2 kbaud."""
    scale, unit = (1e6, "Mbaud") if baud >= 1_000_000 else (1e3, "kbaud")
    return f"{baud / scale:.7g} {unit}"


def divider(baud: int, hertz: float) -> int:
    """Fraction of a bit that passes in a cycle of that clock, in units of 2**-PHASE_BITS.

    LineError with the nearest rates if a bit is too short, or the mean rate would be too wrong.
    """
    name, most = f"{rate_text(baud)} is not possible at {hertz / 1e6:g} MHz", hertz / SHORTEST_BIT
    if baud < 1:
        raise LineError(f"{baud} baud is no rate; choose 1..{most:.0f} baud.")
    if baud > most:
        raise LineError(
            f"{name}, where a bit would last {hertz / baud:.3g} cycles instead of at least "
            f"{SHORTEST_BIT}; choose {most:.0f} baud or less, or a clock of "
            f"{baud * SHORTEST_BIT / 1e6:g} MHz or more."
        )
    wanted = (1 << PHASE_BITS) * baud / hertz
    found = round(wanted)
    if abs(found - wanted) > LARGEST_ERROR * wanted:
        near = (hertz * step / (1 << PHASE_BITS) for step in (int(wanted), int(wanted) + 1) if step)
        rates = " or ".join(f"{rate:.0f}" for rate in near)
        raise LineError(
            f"{name}, which divides to {hertz * found / (1 << PHASE_BITS):.0f} baud; "
            f"choose {rates} baud."
        )
    return found


@dataclass(frozen=True)
class Line:
    """A serial line at an engine's clock, for time on a board."""

    baud: int
    """Bits a second, each way."""
    clock: float = EXPECTED_CLOCK
    """Of the engine, MHz."""

    @property
    def byte_cycles(self) -> Fraction:
        """Engine cycles in which a byte passes."""
        return Fraction(round(1e6 * self.clock) * BYTE_BITS, self.baud)

    def seconds(self, cycles: int) -> float:
        """Time on the board."""
        return cycles / (1e6 * self.clock)

    def __str__(self) -> str:
        return f"{rate_text(self.baud)}, engine at {self.clock:g} MHz"
