"""Whether a board's external memory keeps what is written there: a look at little of it."""

from collections.abc import Iterable, Iterator

import numpy as np

from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.driver.errors import ExternalMemoryError
from lls_hw.driver.transfers import Transfer

__all__ = ["beginning", "check_kept", "few_places", "pieces"]

_PIECE = 16
"""Elements that are looked at together."""
_BEGINNING = 1024
"""Elements at the beginning of the memory that are looked at."""


def few_places(count: int) -> list[int]:
    """Some of so many places: the first, which a wrong address line lets others overwrite, the
    last, and few between."""
    doubled = (1 << k for k in range(count.bit_length()))
    return sorted({0, count - 1, *doubled} & set(range(count)))


def pieces(written: Transfer) -> Iterator[Transfer]:
    """Elements of a long transfer at `few_places`."""
    for place in few_places(len(written.elements)):
        elements = written.elements[place : place + _PIECE]
        yield Transfer(written.space, written.address + place, elements)


def beginning(device: Device, end: int) -> Transfer:
    """What the beginning of the memory holds, of elements before `end`.

    If the memory is smaller than said, what is written behind them begins again there.
    """
    count = min(_BEGINNING, end)
    return Transfer(Space.EXTERNAL, 0, device.read(Space.EXTERNAL, 0, count))


def check_kept(device: Device, written: Iterable[Transfer], remedy: str) -> None:
    """Reads back what has been written; ExternalMemoryError, with the remedy, if it has changed."""
    asked = [(one, device.read_async(one.space, one.address, len(one.elements))) for one in written]
    for one, reply in asked:
        read = reply.result()
        wrong = np.flatnonzero(read != one.elements)
        if len(wrong):
            place = int(wrong[0])
            raise ExternalMemoryError(
                f"{device.name} does not keep what is stored in its external memory: element "
                f"{one.address + place} reads {read[place]} instead of {one.elements[place]}. "
                f"--self-test says what is wrong; {remedy}."
            )
