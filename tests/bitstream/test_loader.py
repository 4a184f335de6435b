"""Loading through a DFU boot loader, as the OrangeCrab has one."""

import zlib

import pytest
from rich.console import Console

from lls_hw.bitstream.dfu import with_suffix
from lls_hw.bitstream.loader import LoadError, Programmer, find_programmer, load
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.orangecrab import ORANGECRAB


def test_a_dfu_suffix():
    """The CRC-32 of a file with its own checksum is the same for all files."""
    whole = with_suffix(b"123456789", 0x1209, 0x5AF0)
    assert whole[:-4] == b"123456789\xff\xff\xf0\x5a\x09\x12\x00\x01UFD\x10"
    assert zlib.crc32(whole) == 0xFFFFFFFF


@pytest.mark.parametrize(
    ("said", "status", "good"),
    [
        ("Download done.", 0, True),
        (r"Download done.\nunable to read DFU status after completion (LIBUSB_ERROR_IO)", 74, True),
        (r"Download done.\nLost device after RESET?", 74, True),
        (r"Download done.\nLIBUSB_ERROR_NO_DEVICE", 74, True),
        (r"Download done.\nsomething else", 74, False),
        (r"Lost device after RESET?\nDownload failed", 74, False),
        ("No DFU capable USB device available", 74, False),
    ],
)
def test_a_dfu_boot_loader(tmp_path, monkeypatch, said, status, good):
    """It gets a file with a suffix. That it leaves the bus at the end is what it should do."""
    script = tmp_path / "dfu-util"
    script.write_text(f'#!/bin/sh\necho "$@" > loaded\nprintf "{said}\\n"; exit {status}\n')
    script.chmod(0o755)
    monkeypatch.setattr(
        Programmer, "path", lambda self: str(script) if self.commands == ("dfu-util",) else None
    )
    (tmp_path / "top.bit").write_bytes(b"bits")
    command = find_programmer(ORANGECRAB, "25f", "top.bit")
    steps = Steps(Console(quiet=True))
    if good:
        load(ORANGECRAB, command, tmp_path, "top.bit", steps)
    else:
        with pytest.raises(LoadError, match=r"The OrangeCrab r0.2 was not loaded: .*; check that"):
            load(ORANGECRAB, command, tmp_path, "top.bit", steps)
    loaded = (tmp_path / "loaded").read_text()
    assert loaded == "--device 1209:5af0 --alt 0 --download top.dfu\n"
    assert (tmp_path / "top.dfu").read_bytes() == with_suffix(b"bits", 0x1209, 0x5AF0)
