"""Bytes through registers: which accesses carry them, and registers that Linux maps."""

import os
import random
import subprocess
import sys
import time

import pytest

from lls_hw.contract.axi import AXI_MAGIC, INTERRUPT, RANGE_BYTES, STATUS, AxiRegister
from lls_hw.driver import mapped
from lls_hw.driver.address import Mapped, mapped_address
from lls_hw.driver.axi import AxiTransport
from lls_hw.driver.device import Device
from lls_hw.driver.errors import LinkClosed, NoSuchDevice, NotOurDevice
from lls_hw.driver.mapped import MappedRegisters
from lls_hw.driver.transport import check_address, open_transport

DATA = random.Random(1).randbytes(23)


class FakeRegisters:
    """A core that keeps what it is sent and holds bytes ready; `accesses` are in their order."""

    def __init__(self, magic=AXI_MAGIC, ready=b"", after=0):
        self.magic, self.ready, self.after = magic, ready, after
        self.accesses, self.waits, self.closed = [], [], False

    def read(self, offset):
        self.accesses.append(AxiRegister(offset).name)
        match offset:
            case AxiRegister.MAGIC:
                return self.magic
            case AxiRegister.STATUS:
                return STATUS.pack(waiting=0 if self.after else len(self.ready), running=1)
            case AxiRegister.WORD | AxiRegister.BYTE:
                count = 4 if offset == AxiRegister.WORD else 1
                assert len(self.ready) >= count
                word, self.ready = self.ready[:count], self.ready[count:]
                return int.from_bytes(word, "little")

    def write(self, offset, value):
        self.accesses.append((AxiRegister(offset).name, value))

    def wait(self, seconds):
        self.waits.append(seconds)
        self.after -= 1

    def close(self):
        self.closed = True


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 23])
def test_words_carry_what_they_can(count):
    registers = FakeRegisters(ready=DATA[:count])
    transport = AxiTransport(registers, "it")
    assert registers.accesses == ["MAGIC", ("INTERRUPT", INTERRUPT.pack(waiting=1))]
    del registers.accesses[:]
    transport.send(DATA[:count])
    words = [int.from_bytes(DATA[at : at + 4], "little") for at in range(0, count - 3, 4)]
    wanted = [("WORD", word) for word in words]
    wanted += [("BYTE", byte) for byte in DATA[count - count % 4 : count]]
    assert registers.accesses == wanted
    del registers.accesses[:]
    assert transport.receive(0.0) == DATA[:count]
    assert registers.accesses == ["STATUS", *["WORD"] * (count // 4), *["BYTE"] * (count % 4)]


def test_it_waits_for_the_first_bytes():
    registers = FakeRegisters(ready=DATA, after=2)
    transport = AxiTransport(registers, "it")
    assert transport.receive(60.0) == DATA
    assert len(registers.waits) == 2 and all(0 < wait <= 60 for wait in registers.waits)
    assert transport.receive(0.0) == b"" and len(registers.waits) == 2


def test_it_leaves_the_core_without_an_interrupt():
    registers = FakeRegisters()
    AxiTransport(registers, "it").close()
    assert registers.accesses[-1] == ("INTERRUPT", 0) and registers.closed


def test_another_core_is_refused():
    with pytest.raises(NotOurDevice, match="at it begin with 0x00000007 instead of 0x4c4c5341;"):
        AxiTransport(FakeRegisters(magic=7), "it")


@pytest.mark.parametrize(
    ("url", "path", "offset"),
    [
        ("uio:/dev/uio0", "/dev/uio0", 0),
        ("mem:0x43c00000", "/dev/mem", 0x43C00000),
        ("mem:4096", "/dev/mem", 4096),
        ("mem:0xa0000000", "/dev/mem", 0xA0000000),
    ],
)
def test_addresses(url, path, offset):
    assert mapped_address(url)[:2] == (path, offset)
    check_address(url)


@pytest.mark.parametrize("url", ["sim", "golden", "/dev/uio0", "socket://mem:1", "usb", ""])
def test_addresses_of_something_else(url):
    assert mapped_address(url) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("uio", "write for instance uio:/dev/uio0"),
        ("uio:0", "write for instance uio:/dev/uio0"),
        ("mem", "a multiple of 0x1000; write for instance mem:0x43c00000"),
        ("mem:/dev/mem", "a multiple of 0x1000"),
        ("mem:0x43c00004", "a multiple of 0x1000"),
        ("mem:-4096", "a multiple of 0x1000"),
        (f"mem:{1 << 63}", "a multiple of 0x1000"),
        ("mem:0x43c0000g", "a multiple of 0x1000"),
    ],
)
def test_wrong_addresses(url, said):
    with pytest.raises(NoSuchDevice) as error:
        check_address(url)
    assert str(error.value).startswith(f"{url} names no") and said in str(error.value)


# Registers in a file: what they hold stays, so that the file shows which words were written where.


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "registers"
    path.write_bytes(AXI_MAGIC.to_bytes(4, "little") + bytes(2 * RANGE_BYTES - 4))
    return Mapped(str(path), RANGE_BYTES, False, "check the address")


def test_words_of_the_range(place):
    registers = MappedRegisters(place, "it")
    registers.write(AxiRegister.WORD, 0xFEDCBA98)
    assert registers.read(AxiRegister.WORD) == 0xFEDCBA98
    assert registers.read(AxiRegister.BYTE) == 0
    registers.close()
    with open(place.path, "rb") as file:
        content = file.read()
    word = RANGE_BYTES + AxiRegister.WORD
    assert content[word : word + 4] == bytes.fromhex("98badcfe")
    assert not any(content[4:word] + content[word + 4 :])


def test_another_program_has_it(place):
    """Of two cores in one device each has a lock of its own."""
    other = "import sys\nfrom lls_hw.driver.mapped import Mapped, MappedRegisters\n"
    other += "MappedRegisters(Mapped(sys.argv[1], int(sys.argv[2]), False, ''), 'it')"
    registers = MappedRegisters(place, "it")
    for offset, said in ((RANGE_BYTES, "Another program is using the board at it"), (0, "")):
        command = [sys.executable, "-c", other, place.path, str(offset)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert said in done.stderr and (done.returncode == 0) is (not said), done.stderr
    registers.close()


@pytest.mark.parametrize("size", [RANGE_BYTES, RANGE_BYTES + RANGE_BYTES // 2])
def test_a_range_that_is_too_small(place, size):
    os.truncate(place.path, size)
    with pytest.raises(NoSuchDevice, match="There are no 4096 bytes of registers at it; give"):
        MappedRegisters(place, "it")


def test_a_range_within_a_large_page(place, monkeypatch):
    """Some kernels have pages of 16 or 64 KiB; a map begins at one of them."""
    monkeypatch.setattr(mapped.mmap, "ALLOCATIONGRANULARITY", 2 * RANGE_BYTES)
    registers = MappedRegisters(place, "it")
    registers.write(AxiRegister.BYTE, 7)
    registers.close()
    with open(place.path, "rb") as file:
        assert file.read()[RANGE_BYTES + AxiRegister.BYTE] == 7


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "your user may not use {}; run the program as"),
        (PermissionError(1, "Operation not permitted"), "your user may not use {}; run"),
        (FileNotFoundError(2, "No such file"), "cannot be opened ({}: No such file); check"),
    ],
)
def test_a_device_that_cannot_be_opened(place, error, said, monkeypatch):
    def refuse(*_):
        raise error

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NoSuchDevice) as refused:
        MappedRegisters(place, "it")
    assert said.format(place.path) in str(refused.value)


def test_a_mapping_that_is_not_permitted(place, monkeypatch):
    """As /dev/mem does with a kernel that keeps it for itself; nothing stays open."""

    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(mapped.mmap, "mmap", refuse)
    with pytest.raises(NoSuchDevice, match="your user may not use"):
        MappedRegisters(place, "it")
    assert os.listdir("/proc/self/fd") == before


def test_there_is_no_such_device():
    with pytest.raises(NoSuchDevice, match="uio:/dev/uio99 cannot be opened .*No such file.* tree"):
        Device.open("uio:/dev/uio99")


def test_another_core_is_closed_again(tmp_path, monkeypatch):
    """`uio:` of a file without our number in it."""
    path = tmp_path / "registers"
    path.write_bytes(bytes(RANGE_BYTES))
    monkeypatch.setattr(MappedRegisters, "_enable", lambda _: True)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(NotOurDevice, match=f"The registers at uio:{path} begin with 0x00000000"):
        open_transport(f"uio:{path}")
    assert os.listdir("/proc/self/fd") == before


class Uio:
    """Stands for the system's calls on a device of UIO; an interrupt makes a pipe readable."""

    def __init__(self, monkeypatch, has_interrupt=True):
        self.has_interrupt, self.gone, self.enabled = has_interrupt, False, 0
        self._read, self._write = os.pipe()
        self._system_read, self._system_write = os.read, os.write
        select = mapped.select.select
        monkeypatch.setattr(os, "read", self.read)
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(
            mapped.select, "select", lambda r, w, x, wait: select([self._read], w, x, wait)
        )

    def interrupt(self):
        self._system_write(self._write, bytes(4))

    def write(self, file, data):
        if not self.has_interrupt:
            raise OSError(5, "Input/output error")
        assert data == (1).to_bytes(4, sys.byteorder)
        self.enabled += 1

    def read(self, file, count):
        if self.gone:
            raise OSError(19, "No such device")
        assert count == 4
        return self._system_read(self._read, count)


def test_an_interrupt_ends_a_wait(place, monkeypatch):
    uio = Uio(monkeypatch)
    registers = MappedRegisters(place._replace(interrupts=True), "it")
    assert uio.enabled == 1
    uio.interrupt()
    start = time.monotonic()
    registers.wait(60.0)
    assert uio.enabled == 2 and time.monotonic() - start < 30
    registers.wait(0.01)  # none is left over
    assert uio.enabled == 3
    uio.gone = True
    uio.interrupt()
    with pytest.raises(LinkClosed, match="The device of it is gone"):
        registers.wait(60.0)
    registers.close()


def test_without_an_interrupt_it_looks_again_soon(place, monkeypatch):
    Uio(monkeypatch, has_interrupt=False)
    registers = MappedRegisters(place._replace(interrupts=True), "it")
    start = time.monotonic()
    registers.wait(60.0)
    assert time.monotonic() - start < 30
    registers.close()
