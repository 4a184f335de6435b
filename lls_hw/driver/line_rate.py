"""Rates in addresses: `/dev/ttyUSB0@8M` of a board, `sim:small@3M/60M` of a simulated one."""

from lls_hw.contract.line import EXPECTED_CLOCK, LEAST_BAUD, Line, LineError, rate_of

__all__ = ["line_of", "line_text", "serial_address"]


def line_of(text: str) -> Line:
    """The line that `3M` or `3M/60M` means, the second with the engine's clock in Hz.

    LineError if it is none, or cannot be simulated.
    """
    rate, slash, clock = text.partition("/")
    line = Line(rate_of(rate), rate_of(clock) / 1e6 if slash else EXPECTED_CLOCK)
    fastest = int(1e6 * line.clock)
    if fastest < LEAST_BAUD:
        raise LineError(f"{clock!r} is no clock of an engine, which has some MHz; write {clock}M.")
    if not LEAST_BAUD <= line.baud <= fastest:
        raise LineError(
            f"{line.baud} baud cannot be simulated beside an engine at {line.clock:g} MHz; choose "
            f"{LEAST_BAUD}..{fastest}."
        )
    return line


def line_text(line: Line) -> str:
    """What `line_of` reads."""
    return f"{line.baud}/{round(1e6 * line.clock)}"


def serial_address(url: str) -> tuple[str, int | None]:
    """Port and bits a second of a serial line; None if the address names no rate."""
    port, separator, text = url.rpartition("@")
    try:
        return (port, rate_of(text)) if separator else (url, None)
    except LineError:  # the port's own name has an @ in it
        return url, None
