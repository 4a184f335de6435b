"""The rate of a board's serial line, if its address names none: the first at which it answers."""

from lls_hw.contract.line import RATES, rate_text
from lls_hw.driver.connection import Connection
from lls_hw.driver.errors import LinkTimeout, NotOurDevice, RateRefused
from lls_hw.driver.serial_port import SerialTransport

__all__ = ["find_rate"]


def find_rate(transport: SerialTransport, name: str, timeout: float) -> None:
    """Sets the line to the first of `RATES` at which a board answers; a refused one is left out.

    LinkTimeout or NotOurDevice if none answers within `timeout` seconds, for all rates together.
    """
    tried: list[int] = []
    other: NotOurDevice | None = None
    for baud in RATES:
        try:
            transport.set_baud(baud)
        except RateRefused:
            transport.refused.append(baud)
            continue
        tried.append(baud)
        try:
            return Connection(transport, name, timeout=timeout / len(RATES)).hello()
        except LinkTimeout:
            continue
        except NotOurDevice as error:
            other = other or error
    if other:
        raise other
    said = f" at {_listed(tried)}" if tried else ""
    refused = f"; the port refuses {_listed(transport.refused)}" if transport.refused else ""
    raise LinkTimeout(
        f"{name} did not answer within {timeout:g} s{said}{refused}. Check the cable and the "
        f"power, that the board's bitstream is loaded, and that it has such a rate: {name}@2M "
        "names another one."
    )


def _listed(rates: list[int]) -> str:
    """Rates in words."""
    *first, last = map(rate_text, rates)
    return f"{', '.join(first)} or {last}" if first else last
