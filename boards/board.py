"""Definition of a board."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lls_hw.contract.line import BAUD
from lls_hw.errors import LlsError
from lls_hw.tools.packages import install, package_of

__all__ = ["LINKS", "UART", "USB", "Board", "BoardError", "Port", "SdramPort", "UsbId", "Variant"]

UART = "uart"
"""The link that is a serial line."""
USB = "usb"
"""The link that is USB in gateware."""
LINKS = (UART, USB)
"""All links between host and board."""


class BoardError(LlsError, ValueError):
    """A board, or a variant of a board, that does not exist."""


@dataclass(frozen=True)
class Port:
    """A pin of the top module, by its resource in amaranth-boards."""

    resource: str
    number: int = 0
    part: str | None = None
    """Subsignal, if the resource has several."""


@dataclass(frozen=True)
class UsbId:
    """How a board's serial port shows itself on USB. Other things may carry the same numbers."""

    vendor: int
    product: int
    text: str = ""
    """In the name that the board's USB chip reports, if it was given one."""


@dataclass(frozen=True, kw_only=True)
class SdramPort:
    """An SDR SDRAM on a board. Its pins are the parts of a resource, as in amaranth-boards."""

    chips: tuple[str, ...]
    """Names of the chips it may have, as in `lls_hw.contract.sdram`; by default the first."""
    phase: float
    """Phase of the chip's clock after the engine's, in degrees, in the window at the default clock
    of the board's variants. Computed, not measured."""
    resource: str = "sdram"
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One device with which the board is sold."""

    platform: str
    """Class in the board's module, with device, package and speed grade."""
    preset: str
    """Default engine."""
    frequency: float
    """Default clock of that engine, MHz."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board. Pins, clock and device come from amaranth-boards, if it has the board."""

    name: str
    title: str
    module: str
    """Module of the platform, in amaranth-boards or `boards/`."""
    clock: str
    """Resource of the oscillator."""
    ports: dict[str, Port]
    """Pins of the top module by port name: clock, rx, tx, alive, and busy if there is an LED."""
    variants: dict[str, Variant]
    default: str
    """Default variant."""
    baud: int = BAUD
    """Bits a second on the serial line."""
    programmers: tuple[str, ...] = ()
    """Commands that load a bitstream, in order of preference, with {file} and {variant}. Boot
    loaders of the class DFU take {dfu} instead. The programs are in `lls_hw.bitstream.loader`."""
    sdram: SdramPort | None = None
    """Its SDR SDRAM, if it has one. No bitstream uses it unless asked to."""
    usb: UsbId | None = None
    """Its serial port on USB; None if it has none of its own."""
    usb_socket: Port | None = None
    """Its USB socket that is wired to the FPGA, if it has one: a resource with the parts d_p, d_n
    and pullup."""
    link: str = UART
    """One of `LINKS`, unless the build names another."""
    resources: tuple[Any, ...] = ()
    """Pins that amaranth-boards does not have, as amaranth's `Resource` objects."""

    def variant(self, name: str) -> Variant:
        """The variant of that name; BoardError lists the known ones."""
        try:
            return self.variants[name.lower()]
        except KeyError:
            raise BoardError(
                f"The {self.title} has no variant {name!r}; choose {', '.join(self.variants)}."
            ) from None

    @property
    def definition(self) -> str:
        """The text of the file with the board's platform."""
        file = import_module(self.module).__file__
        return Path(file).read_text() if file else ""

    def platform(self, variant: Variant) -> Any:
        """The platform with the board's pins; BoardError names what to install."""
        try:
            module = import_module(self.module)
        except ModuleNotFoundError as error:
            missing = package_of(error.name)
            if missing is None:
                raise
            raise BoardError(
                f"The {self.title} needs {missing}, which is not installed; run: "
                f"{install(missing)}."
            ) from error
        if not hasattr(module, variant.platform):
            raise BoardError(f"The {self.title} has no platform {variant.platform} in {module}.")
        try:
            platform = getattr(module, variant.platform)()
            platform.add_resources(self.resources)
        except Exception as error:  # whatever the code of a user's platform raises
            raise BoardError(
                f"The platform of the {self.title} cannot be made ({type(error).__name__}: "
                f"{error}); mend {variant.platform}."
            ) from error
        return platform
