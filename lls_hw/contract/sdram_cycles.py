"""An SDRAM at a clock: its delays in cycles, and what a transfer takes.

Everything that needs cycles takes them from here: the controller its limits, the compiler the
waits that it predicts.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from lls_hw.contract.sdram import SdramChip, SdramError
from lls_hw.contract.sdram_capture import ECP5_PADS, PadDelays, ReadWindow, exact, read_window

__all__ = [
    "COMMAND_LATENCY", "PIN_LATENCY", "REFRESH_LATENCY", "SdramCycles", "read_latency",
    "refresh_cycles", "row_change_cycles", "words_per_cycle",
]  # fmt: skip

COMMAND_LATENCY = 1
"""From an accepted command to the cycle that decides about it: while it enters its register, its
row is compared with the open one."""
PIN_LATENCY = 1
"""From a decision to the pins: their registers."""
REFRESH_LATENCY = 1
"""From a refresh that is due to the first cycle in which no other command starts."""


@dataclass(frozen=True, kw_only=True)
class SdramCycles:
    """A chip at a clock and a phase. Delays are in cycles of the engine's clock.

    SdramError if the chip cannot work at this clock and phase.
    """

    chip: SdramChip
    frequency: float
    """Of engine and chip, MHz."""
    phase: float
    """Of the chip's clock after the engine's, in degrees."""
    pads: PadDelays = ECP5_PADS

    def __post_init__(self) -> None:
        if self.window.cycles > self.MOST_CAPTURE:
            raise SdramError(
                f"Read data of the SDRAM {self.chip.name} come {self.window.cycles} cycles after "
                f"the command; the controller waits at most {self.MOST_CAPTURE}."
            )
        if self.refresh_interval <= self.postponement:
            raise SdramError(
                f"At {self.frequency:g} MHz the SDRAM {self.chip.name} needs a refresh every "
                f"{self.refresh_interval} cycles, and one takes longer; choose a faster clock."
            )

    MOST_CAPTURE = 7
    """Largest `capture`."""

    def cycles(self, time: float) -> int:
        """Whole cycles that last at least `time` ns."""
        return ceil(exact(time) * exact(self.frequency) / 1000)

    @cached_property
    def window(self) -> ReadWindow:
        """Where read data are valid."""
        return read_window(self.chip, self.frequency, self.phase, self.pads)

    @property
    def capture(self) -> int:
        """From a READ at the pins to its word in the capturing register."""
        return self.window.cycles

    @property
    def activate(self) -> int:
        """From ACTIVATE to an access. No other bank is activated in between."""
        return max(self.cycles(self.chip.timing.t_rcd), self.cycles(self.chip.timing.t_rrd))

    @property
    def precharge(self) -> int:
        """From PRECHARGE to ACTIVATE or REFRESH."""
        return self.cycles(self.chip.timing.t_rp)

    @property
    def row_active(self) -> int:
        """From ACTIVATE to PRECHARGE; with `precharge` it also keeps t_RC."""
        timing = self.chip.timing
        return max(self.cycles(timing.t_ras), self.cycles(timing.t_rc) - self.precharge)

    @property
    def write_recovery(self) -> int:
        """From WRITE to PRECHARGE. It also covers what is left of `row_active` at the first WRITE
        of a row, so that one counter serves both."""
        return max(self.cycles(self.chip.timing.t_wr), self.row_active - self.activate)

    @property
    def refresh(self) -> int:
        """From REFRESH to the next command."""
        return self.cycles(self.chip.timing.t_rfc)

    @property
    def mode(self) -> int:
        """From MODE to the next command."""
        return self.chip.timing.t_mrd

    @property
    def turnaround(self) -> int:
        """From READ to WRITE: by then the chip has left the data bus."""
        timing, cycle = self.chip.timing, self.window.period
        late = exact(self.phase) * cycle / 360 + exact(timing.t_hz) + exact(self.pads.skew)
        return ceil(timing.cas_latency + late / cycle)

    @property
    def postponement(self) -> int:
        """Longest time from a refresh that is due to its command."""
        pause = max(self.activate, self.precharge, self.mode)
        return REFRESH_LATENCY + pause + max(self.row_active, self.write_recovery) + self.precharge

    @property
    def refresh_interval(self) -> int:
        """From one due refresh to the next: all of a window fit, the last one postponed."""
        window = exact(self.chip.refresh_window) * exact(self.frequency) * 1000
        return floor((window - self.postponement) / self.chip.refreshes)

    @property
    def power_up_intervals(self) -> int:
        """Refresh intervals before the first command."""
        return ceil(self.cycles(self.chip.timing.power_up) / Fraction(self.refresh_interval))


def read_latency(cycles: SdramCycles) -> int:
    """From an accepted command to its read data, if its row is open and nothing is in the way."""
    return COMMAND_LATENCY + PIN_LATENCY + cycles.capture


def row_change_cycles(
    cycles: SdramCycles, *, closed: bool = False, after_write: bool = False
) -> int:
    """Cycles that an access waits for its row.

    Parameters
    ----------
    closed : the bank has no open row, as after a refresh; otherwise another row is closed first.
    after_write : the access before was a WRITE in the cycle before.
    """
    if closed:
        return cycles.activate
    return (cycles.write_recovery - 1) * after_write + cycles.precharge + cycles.activate


def refresh_cycles(cycles: SdramCycles, *, after_write: bool = False) -> int:
    """Cycles that a refresh takes from a transfer, its row opened again."""
    recovery = (cycles.write_recovery - 1) * after_write
    return recovery + cycles.precharge + cycles.refresh + cycles.activate


def words_per_cycle(cycles: SdramCycles, *, write: bool = False) -> Fraction:
    """Words a cycle of a long transfer to or from rising addresses.

    In a refresh interval, the transfer meets one refresh and one change of the row for every
    `columns` words. A refresh closes all banks: the next changes, one for each of the other banks,
    find theirs closed.
    """
    chip, interval = cycles.chip, cycles.refresh_interval
    refresh = refresh_cycles(cycles, after_write=write)
    closed = row_change_cycles(cycles, closed=True)
    opened = row_change_cycles(cycles, after_write=write)
    words = Fraction(interval - refresh)
    if words > (chip.banks - 1) * (chip.columns + closed):
        words += (chip.banks - 1) * (opened - closed)
        words *= Fraction(chip.columns, chip.columns + opened)
    else:
        words *= Fraction(chip.columns, chip.columns + closed)
    return words / interval
