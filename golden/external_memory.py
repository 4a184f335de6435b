"""A test of a board's external memory: data lines, address lines, contents of some rows."""

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.golden.verify import Mismatch

__all__ = ["external_test"]

_BLOCK = 2048
"""Elements that are written one after the other: several rows of a chip."""
_REMEDY = (
    "check that the board has the SDRAM that the bitstream was built for, and build with another "
    "clock phase or a lower --frequency"
)


def external_test(device: Device, rng: np.random.Generator) -> int:
    """Writes and reads elements of the external memory; returns how many.

    Mismatch says what the first difference looks like. Each data line and each address line is
    tried alone, then blocks at the beginning, in the middle and at the end.
    """
    depth = Space.EXTERNAL.capacity(device.config)
    ones = (1 << np.arange(16)).astype(np.uint16).view(np.int16)
    patterns = np.concatenate([ones, ~ones])
    # The last element shares no address line with the first, and the bus forgets what it carried.
    answers = [_apart(device, value, depth - 1) for value in patterns]
    _data_lines(patterns, np.array(answers, np.int16))
    places = np.array([0, *(1 << np.arange(depth.bit_length() - 1))])
    _address_lines(device, places)
    blocks = (0, depth // 2 - _BLOCK // 2, depth - _BLOCK)
    for first in blocks:
        written = rng.integers(-(1 << 15), 1 << 15, _BLOCK, np.int16)
        seen = _echo(device, first, written)
        different = np.flatnonzero(seen != written)
        if len(different):
            place = int(different[0])
            bits = _bits(int(written[place]), int(seen[place]))
            raise Mismatch(
                f"{len(different)} of {_BLOCK} elements of the external memory from {first} on do "
                f"not keep their value, the first is {first + place}: {written[place]} was "
                f"written, {seen[place]} was read, bits {bits} "
                f"differ; {_REMEDY}."
            )
    return len(patterns) + len(places) + len(blocks) * _BLOCK


def _echo(device: Device, first: int, written: NDArray[np.int16]) -> NDArray[np.int16]:
    """What is read where `written` was written."""
    device.write(Space.EXTERNAL, first, written)
    return device.read(Space.EXTERNAL, first, len(written))


def _apart(device: Device, value: np.int16, other: int) -> int:
    """What is read where `value` was written, after another element got the opposite."""
    device.write(Space.EXTERNAL, 0, np.array([value]))
    device.write(Space.EXTERNAL, other, np.array([~value]))
    return int(device.read(Space.EXTERNAL, 0, 1)[0])


def _bits(a: int, b: int) -> str:
    """Positions of the bits that differ."""
    different = (a ^ b) & 0xFFFF
    return ", ".join(str(bit) for bit in range(16) if different >> bit & 1)


def _data_lines(written: NDArray[np.int16], seen: NDArray[np.int16]) -> None:
    """Mismatch that names data lines which do not follow what is written."""
    a, b = written.view(np.uint16), seen.view(np.uint16)
    if (a == b).all():
        return
    high = [bit for bit in range(16) if (b >> bit & 1).all()]
    low = [bit for bit in range(16) if not (b >> bit & 1).any()]
    if len(high) + len(low) == 16 or (a == ~b).all():
        raise Mismatch(
            "The external memory does not answer: there is no chip, or nobody drives the data "
            f"lines ({int(a[0]):#06x} was written, {int(b[0]):#06x} was read); {_REMEDY}."
        )
    first = int(np.flatnonzero(a != b)[0])
    stuck = [*(f"{bit} is stuck at 1" for bit in high), *(f"{bit} is stuck at 0" for bit in low)]
    what = f"data line {', '.join(stuck)}" if stuck else "the data lines are read at a wrong time"
    raise Mismatch(
        f"The external memory does not keep its data: {what} ({int(a[first]):#06x} was "
        f"written, {int(b[first]):#06x} was read); {_REMEDY}."
    )


def _address_lines(device: Device, places: NDArray[np.int64]) -> None:
    """Mismatch that names an address bit which makes no difference, or meets another."""
    values = (0x5A00 + np.arange(len(places))).astype(np.int16)
    for place, element in zip(places.tolist(), values, strict=True):
        device.write(Space.EXTERNAL, place, np.array([element]))
    seen = [int(device.read(Space.EXTERNAL, place, 1)[0]) for place in places.tolist()]
    for number, (value, found) in enumerate(zip(values.tolist(), seen, strict=True)):
        if found == int(value):
            continue
        where = "element 0" if number == 0 else f"address bit {number - 1}"
        last = found - 0x5A00
        other = f"bit {last - 1}" if 0 < last < len(places) else f"{found:#06x}"
        raise Mismatch(
            f"The external memory mixes up addresses: {where} was overwritten by {other}; the chip "
            f"is smaller than the bitstream expects, or an address line is stuck; {_REMEDY}."
        )
