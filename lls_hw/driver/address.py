"""Addresses of boards, in their parts: what follows `sim:`, `golden:`, `uio:` and `mem:`."""

from pathlib import Path
from typing import NamedTuple

from lls_hw.contract.axi import RANGE_BYTES
from lls_hw.contract.config import Config
from lls_hw.contract.engine import FILES, load_engine
from lls_hw.contract.line import Line, LineError
from lls_hw.driver.errors import NoSuchDevice
from lls_hw.driver.line_rate import line_of, line_text
from lls_hw.tools.shown import shown

__all__ = [
    "GOLDEN",
    "MEM",
    "SIMULATED",
    "SIMULATED_ENGINE",
    "UIO",
    "Address",
    "Mapped",
    "mapped_address",
    "parse_address",
    "with_engine",
]

SIMULATED = "sim"
"""Address of a simulated board."""
SIMULATED_ENGINE = "small"
"""Engine of a simulated board whose address names none."""
GOLDEN = "golden"
"""Address of the golden model in a board's place, to which there is no way for bytes."""

UIO = "uio"
"""Address of a core on this computer's own bus, which UIO maps."""
MEM = "mem"
"""Address of one at a physical address."""


class Address(NamedTuple):
    """A simulated board or the golden model."""

    scheme: str
    """`SIMULATED` or `GOLDEN`."""
    engine: str
    """Name of a preset or of an engine file; empty if the address names none."""
    place: str
    """Where PyTorch computes the golden model; empty if the address says nothing."""
    line: Line | None = None
    """Of a simulated board; None for bytes that take no time."""

    @property
    def config(self) -> Config | None:
        """The engine; None for a golden model of no engine. ConfigError if there is no such."""
        name = self.engine or (SIMULATED_ENGINE if self.scheme == SIMULATED else "")
        return load_engine(name) if name else None

    def check(self) -> None:
        """ConfigError if there is no such engine."""
        _ = self.config


def parse_address(url: str) -> Address | None:
    """The parts of an address; None for that of another process or of a real board.

    NoSuchDevice for a line that cannot be simulated, and for letters that cannot be shown.
    """
    if not url.isprintable():
        raise NoSuchDevice(f"The address {shown(url)} has letters that cannot be shown; mend it.")
    whole, separator, after = url.rpartition("@")
    if not separator or after.endswith(FILES):
        whole, after = url, ""
    scheme, _, engine = whole.partition(":")
    if scheme == SIMULATED:
        return Address(scheme, engine, "", _line(url, whole, after) if whole != url else None)
    if scheme == GOLDEN:
        return Address(scheme, engine, after)
    return None


class Mapped(NamedTuple):
    """Where the registers of a core on this computer's bus can be mapped."""

    path: str
    """The device."""
    offset: int
    """Bytes from its start."""
    interrupts: bool
    """Whether the device may have an interrupt."""
    remedy: str
    """What to do if it cannot be opened."""


def mapped_address(url: str) -> Mapped | None:
    """The registers at `uio:/dev/uio0` or `mem:0x43c00000`; None for another address.

    NoSuchDevice for one that cannot be.
    """
    scheme, _, place = url.partition(":")
    if scheme == UIO:
        if not place.startswith("/"):
            raise NoSuchDevice(f"{url} names no device of UIO; write for instance {UIO}:/dev/uio0.")
        remedy = "load the bitstream and a device tree that gives the core to UIO"
        return Mapped(place, 0, True, remedy)
    if scheme == MEM:
        try:
            offset = int(place, 0)
        except ValueError:
            offset = -1
        if not 0 <= offset < 1 << 63 or offset % RANGE_BYTES:
            raise NoSuchDevice(
                f"{url} names no address of registers, which is a multiple of {RANGE_BYTES:#x}; "
                f"write for instance {MEM}:0x43c00000."
            )
        return Mapped("/dev/mem", offset, False, "check the address")
    return None


def _line(url: str, board: str, text: str) -> Line:
    """The line after the @ of an address."""
    try:
        return line_of(text)
    except LineError as error:
        raise NoSuchDevice(
            f"{url} names no line that can be simulated: {error} {board}@3M is a line of 3 Mbaud, "
            f"{board}@3M/60M the same beside an engine at 60 MHz."
        ) from error


def with_engine(url: str, engine: str | Path | None) -> tuple[str, Config | None]:
    """A board's address and the engine that it has; None if only the board can say.

    `engine` names a preset or a file. It goes into the address of a simulated board or a golden
    model that names none. ConfigError if there is no such engine, NoSuchDevice if the address names
    another one.
    """
    parts = parse_address(url)
    if parts is None:
        return url, load_engine(engine) if engine else None
    if engine is None:
        return url, parts.config
    config = load_engine(engine)
    if parts.engine:
        if parts.config != config:
            raise NoSuchDevice(
                f"The address {url} names another engine than {engine}; leave one of them out."
            )
        return url, config
    after = line_text(parts.line) if parts.line else parts.place
    return f"{parts.scheme}:{engine}{'@' * bool(after)}{after}", config
