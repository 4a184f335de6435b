"""When read data of an SDRAM can be sampled: the window of valid data, and the clock edge in it.

The engine launches a command at one edge of its clock. The chip samples it at the edge of its own
clock, which follows by the *phase*. Read data appear t_AC after the chip's edge number CL - 1 and
stay until t_OH after edge number CL. On both ways they pass the pads of the FPGA. So, from the edge
that launched the READ, in ns (T: period, r: delay of both pads together),

    begin = phase T / 360 + (CL - 1) T + t_AC + r.most
    end   = phase T / 360 +  CL      T + t_OH + r.least

An edge of the engine's clock, a whole number of periods, must lie between the two. As the window is
shorter than a period, there is one or none.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lls_hw.contract.sdram import SdramChip, SdramError

__all__ = ["ECP5_PADS", "PadDelays", "ReadWindow", "exact", "period", "phase_ranges", "read_window"]


@dataclass(frozen=True, kw_only=True)
class PadDelays:
    """Delays between the FPGA's registers and the chip's pins, traces included, in ns."""

    round_trip_least: float
    """From the register that makes the chip's clock to its pin, and from the data's pin to the
    register that samples them, its hold time subtracted."""
    round_trip_most: float
    """The same at most, the setup time of that register added."""
    skew: float
    """Between the clock's pin and those of commands, addresses and data, either way."""


ECP5_PADS = PadDelays(round_trip_least=2, round_trip_most=5, skew=0.5)
"""Estimated for registers in the IO cells of speed grade 6, LVCMOS33, fast slew rate. Not
measured."""


@dataclass(frozen=True, kw_only=True)
class ReadWindow:
    """Where read data are valid, in ns from the edge that launches the READ."""

    begin: Fraction
    end: Fraction
    cycles: int
    """The edge that samples them: cycles from the launching edge."""
    period: Fraction

    @property
    def setup_margin(self) -> Fraction:
        """From the beginning of the window to the sampling edge, ns."""
        return self.cycles * self.period - self.begin

    @property
    def hold_margin(self) -> Fraction:
        """From the sampling edge to the end of the window, ns."""
        return self.end - self.cycles * self.period


def exact(number: float) -> Fraction:
    """The fraction that a float stands for: 66.666666 MHz from a PLL is 200/3."""
    return Fraction(number).limit_denominator(100_000)


def period(frequency: float) -> Fraction:
    """Period in ns of a clock in MHz."""
    if not frequency > 0:
        raise SdramError(f"The clock is {frequency:g} MHz; it must be positive.")
    return 1000 / exact(frequency)


def phase_ranges(
    chip: SdramChip, frequency: float, pads: PadDelays = ECP5_PADS
) -> list[tuple[float, float]]:
    """Phases of the chip's clock, in degrees, from the least to the most of each range, at which
    the chip samples commands safely and an edge of the engine's clock lies in the window of read
    data. The clock is in MHz."""
    timing, cycle = chip.timing, period(frequency)
    skew = exact(pads.skew)
    least, most = exact(timing.t_is) + skew, cycle - exact(timing.t_ih) - skew
    begin = (timing.cas_latency - 1) * cycle + exact(timing.t_ac) + exact(pads.round_trip_most)
    end = timing.cas_latency * cycle + exact(timing.t_oh) + exact(pads.round_trip_least)
    found = []
    for edge in range(ceil(begin / cycle), ceil((begin + cycle) / cycle) + 1):
        low, high = max(least, edge * cycle - end), min(most, edge * cycle - begin)
        if low <= high:
            found.append((float(360 * low / cycle), float(360 * high / cycle)))
    return found


def read_window(
    chip: SdramChip, frequency: float, phase: float, pads: PadDelays = ECP5_PADS
) -> ReadWindow:
    """The window of valid read data and the edge that samples them.

    SdramError names the phases that would do if the chip cannot sample commands, or no edge lies
    in the window.

    Parameters
    ----------
    frequency : of engine and chip, MHz.
    phase : of the chip's clock after the engine's, in degrees, 0..360.
    """
    timing, cycle = chip.timing, period(frequency)
    if not 0 <= phase < 360:
        raise SdramError(f"The phase is {phase:g} degrees; it must be at least 0 and below 360.")
    shift = exact(phase) * cycle / 360 + (timing.cas_latency - 1) * cycle
    window = ReadWindow(
        begin=shift + exact(timing.t_ac) + exact(pads.round_trip_most),
        end=shift + cycle + exact(timing.t_oh) + exact(pads.round_trip_least),
        cycles=ceil((shift + exact(timing.t_ac) + exact(pads.round_trip_most)) / cycle),
        period=cycle,
    )
    ranges = phase_ranges(chip, frequency, pads)
    if not any(low <= phase <= high for low, high in ranges):
        raise SdramError(_explained(chip, frequency, phase, window, ranges))
    return window


def _explained(
    chip: SdramChip,
    frequency: float,
    phase: float,
    window: ReadWindow,
    ranges: list[tuple[float, float]],
) -> str:
    named = " or ".join(f"{ceil(low)}..{floor(high)}" for low, high in ranges)
    remedy = f"choose {named} degrees" if named else "no phase does: choose a slower clock"
    return (
        f"A phase of {phase:g} degrees cannot serve the SDRAM {chip.name} at {frequency:g} MHz: "
        f"its read data are valid from {float(window.begin):.1f} to {float(window.end):.1f} ns, "
        f"edges come every {float(window.period):.1f} ns, and commands need "
        f"{chip.timing.t_is:g} ns before the chip's edge and {chip.timing.t_ih:g} ns after it; "
        f"{remedy}."
    )
