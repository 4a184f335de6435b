"""Registers that Linux maps into this program's memory: /dev/uioN, or a part of /dev/mem."""

import errno
import fcntl
import mmap
import os
import select
import struct
import time

import numpy as np

from lls_hw.contract.axi import RANGE_BYTES, WORD_BYTES
from lls_hw.driver.address import Mapped
from lls_hw.driver.errors import LinkClosed, NoSuchDevice

__all__ = ["MappedRegisters"]

_POLL = 100e-6
"""Seconds between two looks at a core without an interrupt."""
_ENABLE = struct.pack("=i", 1)
"""What UIO is written to let the next interrupt through; it is read as a count of as many bytes."""
_TAKEN = (errno.EACCES, errno.EAGAIN)
"""What the system says of a lock that another program has."""


class MappedRegisters:
    """The registers at an address. No other program may have them open.

    NoSuchDevice, with what to do, if they cannot be mapped.

    Parameters
    ----------
    place : device and offset.
    name : of the board, for messages.
    """

    def __init__(self, place: Mapped, name: str) -> None:
        self._name = name
        try:
            self._file = os.open(place.path, os.O_RDWR | os.O_SYNC)
        except OSError as error:
            raise _cannot_be_opened(place, name, error) from error
        try:
            self._memory = self._map(place)
            self._interrupts = place.interrupts and self._enable()
        except BaseException:
            os.close(self._file)
            raise
        # An array's items are read and written whole; slices of bytes need not be.
        self._words = np.frombuffer(self._memory, np.uint32)[-RANGE_BYTES // WORD_BYTES :]

    def _map(self, place: Mapped) -> mmap.mmap:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, RANGE_BYTES, place.offset)
            inside = place.offset % mmap.ALLOCATIONGRANULARITY
            return mmap.mmap(self._file, inside + RANGE_BYTES, offset=place.offset - inside)
        except ValueError as error:
            raise _too_small(self._name) from error
        except OSError as error:
            if error.errno in _TAKEN:
                raise NoSuchDevice(
                    f"Another program is using the board at {self._name}; end it, and open the "
                    "board again."
                ) from error
            if error.errno == errno.EINVAL:
                raise _too_small(self._name) from error
            raise _cannot_be_opened(place, self._name, error) from error

    def _enable(self) -> bool:
        """Let the next interrupt through; False if the device has none."""
        try:
            os.write(self._file, _ENABLE)
        except OSError as error:
            if error.errno in (errno.EIO, errno.ENOSYS):
                return False
            raise self._gone(error) from error
        return True

    def read(self, offset: int) -> int:
        return int(self._words[offset // WORD_BYTES])

    def write(self, offset: int, value: int) -> None:
        self._words[offset // WORD_BYTES] = value

    def wait(self, seconds: float) -> None:
        if not self._interrupts:
            time.sleep(min(seconds, _POLL))
            return
        self._enable()
        if select.select([self._file], [], [], seconds)[0]:
            try:
                os.read(self._file, len(_ENABLE))
            except OSError as error:
                raise self._gone(error) from error

    def _gone(self, error: OSError) -> LinkClosed:
        return LinkClosed(
            f"The device of {self._name} is gone ({error.strerror}); load the bitstream and its "
            "device tree, and open the board again."
        )

    def close(self) -> None:
        del self._words
        self._memory.close()
        os.close(self._file)


def _too_small(name: str) -> NoSuchDevice:
    return NoSuchDevice(
        f"There are no {RANGE_BYTES} bytes of registers at {name}; give the core a range of that "
        "size in the device tree and in the address map."
    )


def _cannot_be_opened(place: Mapped, name: str, error: OSError) -> NoSuchDevice:
    """One sentence with what to do."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return NoSuchDevice(
            f"The board at {name} cannot be opened, because your user may not use {place.path}; "
            "run the program as root, or give your user the device with a udev rule."
        )
    return NoSuchDevice(
        f"The board at {name} cannot be opened ({place.path}: {error.strerror or error}); "
        f"{place.remedy}."
    )
