"""Bitstreams for boot loaders of the USB class DFU: their suffix, and how loading ends."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from lls_hw.tools.files import replace_file

__all__ = ["DFU_SUFFIX", "loaded_anyway", "prepare_dfu", "with_suffix"]

DFU_SUFFIX = ".dfu"
"""Ending of the name of a file for such a boot loader."""
_DEVICE = "--device"
"""Option of dfu-util that names the boot loader, ``VENDOR:PRODUCT`` in hexadecimal digits."""
_ANY_RELEASE = 0xFFFF
_FORMAT = 0x0100
_LENGTH = 16
_GONE = re.compile(r"NO_DEVICE|Lost device|[Uu]nable to read DFU status after completion")


def with_suffix(bitstream: bytes, vendor: int, product: int) -> bytes:
    """A bitstream with the suffix of DFU 1.1: for which device it is, and a checksum."""
    fields = (_ANY_RELEASE, product, vendor, _FORMAT)
    numbers = b"".join(field.to_bytes(2, "little") for field in fields)
    body = bitstream + numbers + b"UFD" + bytes([_LENGTH])
    return body + (zlib.crc32(body) ^ 0xFFFFFFFF).to_bytes(4, "little")


def prepare_dfu(command: Sequence[str], folder: Path, bitstream: str) -> None:
    """Writes the file with a suffix that the command of dfu-util names, if it names one."""
    for name in command:
        if name.endswith(DFU_SUFFIX):
            vendor, _, product = command[command.index(_DEVICE) + 1].partition(":")
            content = (folder / bitstream).read_bytes()
            replace_file(folder / name, with_suffix(content, int(vendor, 16), int(product, 16)))


def loaded_anyway(said: str) -> bool:
    """Whether dfu-util failed only since the new design has taken the boot loader off the bus."""
    done = said.rfind("Download done")
    return done >= 0 and _GONE.search(said, done) is not None
