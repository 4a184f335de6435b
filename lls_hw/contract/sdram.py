"""SDR SDRAM chips as data: size, refresh, and the limits of their timing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from lls_hw.errors import LlsError

__all__ = ["CAUTIOUS", "CHIPS", "SdramChip", "SdramError", "SdramTiming", "chip_with", "find_chip"]


class SdramError(LlsError, ValueError):
    """A chip, or a clock or phase for it, that cannot work."""


@dataclass(frozen=True, kw_only=True)
class SdramTiming:
    """Limits from the datasheet, in ns where nothing else is said."""

    t_rcd: float
    """From ACTIVATE to READ or WRITE in the bank."""
    t_rp: float
    """From PRECHARGE to the next command to the bank."""
    t_rc: float
    """From ACTIVATE to ACTIVATE in the same bank."""
    t_ras: float
    """From ACTIVATE to PRECHARGE in the bank, at least."""
    t_ras_most: float = 100_000
    """From ACTIVATE to PRECHARGE in the bank, at most."""
    t_wr: float
    """From the last written word to PRECHARGE."""
    t_rfc: float
    """From REFRESH to the next command."""
    t_rrd: float
    """From ACTIVATE to ACTIVATE in another bank."""
    t_ac: float
    """From a clock edge to valid read data, at most."""
    t_oh: float
    """From the next clock edge to the end of valid read data, at least."""
    t_hz: float
    """From that edge until the chip no longer drives the bus, at most."""
    t_is: float
    """Setup of commands, addresses and data before the chip's clock edge."""
    t_ih: float
    """Hold of the same after the edge."""
    t_mrd: int = 2
    """From MODE to the next command, in clocks."""
    cas_latency: int = 3
    """From READ to the edge at which its data are sampled, in clocks."""
    power_up: float = 200_000
    """From a stable clock to the first command."""
    power_up_refreshes: int = 8
    """REFRESH commands before the mode is set."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not value > 0:
                raise SdramError(
                    f"{item.name} is {value!r}; it must be a positive number of the datasheet."
                )
        if self.cas_latency not in (2, 3):
            raise SdramError(f"cas_latency is {self.cas_latency}; the chips know 2 and 3.")
        if self.t_oh >= self.t_ac:
            raise SdramError(
                f"t_oh is {self.t_oh:g} ns and t_ac {self.t_ac:g} ns; data cannot hold for longer "
                "than they need to appear."
            )


CAUTIOUS = SdramTiming(
    t_rcd=21, t_rp=21, t_rc=67, t_ras=44, t_wr=20, t_rfc=70, t_rrd=15,
    t_ac=6, t_oh=2, t_hz=6, t_is=1.5, t_ih=1,
)  # fmt: skip
"""Serves all chips below: of each limit, the value of the slowest."""


def _power_of_two(least: int, most: int) -> Any:
    return field(metadata={"range": (least, most)})


@dataclass(frozen=True, kw_only=True)
class SdramChip:
    """One chip, or several side by side on one bus. A word is as wide as the bus.

    A word address is, from the top, row, bank, column: a long transfer changes the bank with the
    row.
    """

    name: str
    rows: int = _power_of_two(1 << 11, 1 << 13)
    """Rows of a bank: a power of two, 2048..8192."""
    columns: int = _power_of_two(1 << 8, 1 << 10)
    """Words of a row: a power of two, 256..1024."""
    banks: int = _power_of_two(2, 4)
    """2 or 4."""
    width: int = _power_of_two(16, 32)
    """Bits of a word: 16 or 32."""
    refreshes: int = 8192
    """REFRESH commands that the chip needs in `refresh_window`."""
    refresh_window: float = 64
    """In ms."""
    timing: SdramTiming = CAUTIOUS

    def __post_init__(self) -> None:
        for item in fields(self):
            if "range" not in item.metadata:
                continue
            (least, most), value = item.metadata["range"], getattr(self, item.name)
            if type(value) is not int or not least <= value <= most or value & (value - 1):
                raise SdramError(
                    f"{item.name} of the SDRAM {self.name} is {value!r}; it must be a power of "
                    f"two, {least}..{most}."
                )
        if self.refreshes < 1 or self.refresh_window <= 0:
            raise SdramError(
                f"The SDRAM {self.name} has {self.refreshes} refreshes in "
                f"{self.refresh_window:g} ms; both must be positive."
            )

    @property
    def row_bits(self) -> int:
        """Bits of a row's number; the address bus is as wide."""
        return self.rows.bit_length() - 1

    @property
    def column_bits(self) -> int:
        """Bits of a column's number."""
        return self.columns.bit_length() - 1

    @property
    def bank_bits(self) -> int:
        """Bits of a bank's number."""
        return self.banks.bit_length() - 1

    @property
    def address_bits(self) -> int:
        """Bits of a word's address."""
        return self.row_bits + self.bank_bits + self.column_bits

    @property
    def words(self) -> int:
        """Words of the chip."""
        return 1 << self.address_bits

    @property
    def size(self) -> int:
        """Bytes of the chip."""
        return self.words * self.width // 8


def _x16(name: str, columns: int) -> SdramChip:
    return SdramChip(name=name, rows=8192, columns=columns, banks=4, width=16)


def _x32(name: str, banks: int) -> SdramChip:
    return SdramChip(name=name, rows=2048, columns=256, banks=banks, width=32, refreshes=4096)


_ALL = (
    _x16("MT48LC16M16A2", 512),
    _x16("AS4C32M16SB", 1024),
    _x16("M12L2561616A", 512),
    _x16("IS42S16160G", 512),
    _x32("EM638325", 4),
    # Some modules leave the second bank pin open: half of the chip.
    _x32("EM638325-half", 2),
    _x32("2xM12L16161A", 2),
)
CHIPS: dict[str, SdramChip] = {chip.name: chip for chip in _ALL}
"""The chips of the supported boards by name."""


def find_chip(name: str) -> SdramChip:
    """The chip of that name; SdramError lists the known ones."""
    try:
        return CHIPS[name]
    except KeyError:
        raise SdramError(f"There is no SDRAM {name!r}; the chips are {', '.join(CHIPS)}.") from None


def chip_with(words: int, names: Iterable[str] = CHIPS) -> SdramChip | None:
    """The smallest of the chips with at least so many words, of equal ones the first."""
    large = [chip for chip in map(find_chip, names) if chip.words >= words]
    return min(large, key=lambda chip: chip.words, default=None)
