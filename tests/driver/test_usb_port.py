"""The board on USB is found by what it calls itself."""

from types import SimpleNamespace

import pytest

from lls_hw.contract.usb import PRODUCT_ID, SERIAL_RATE, VENDOR_ID, product
from lls_hw.driver.errors import NoSuchDevice
from lls_hw.driver.transport import check_address, open_transport
from lls_hw.driver.usb_port import find_usb_board


def port(name, said, vendor=VENDOR_ID, number=PRODUCT_ID):
    return SimpleNamespace(device=name, vid=vendor, pid=number, product=said)


OURS = port("/dev/ttyACM3", product("OrangeCrab r0.2"))
OTHERS = [
    port("/dev/ttyS0", None, None, None),
    port("/dev/ttyUSB0", "lls-hw imitated", 0x0403, 0x6015),
    port("/dev/ttyACM0", "somebody's first device"),
    port("/dev/ttyACM1", "lls-hwhat"),
]


@pytest.fixture
def ports(monkeypatch):
    found = list(OTHERS)
    monkeypatch.setattr("lls_hw.driver.usb_port.comports", lambda: found)
    return found


def test_the_one_board_is_found(ports, monkeypatch):
    ports.append(OURS)
    assert find_usb_board() == "/dev/ttyACM3"
    monkeypatch.setattr("serial.serial_for_url", lambda url, **_: SimpleNamespace(url=url))
    check_address("usb")
    transport = open_transport("usb")
    assert transport._port.url == "/dev/ttyACM3"
    assert transport.baud == SERIAL_RATE, "a rate means nothing to it"


def test_windows_does_not_tell_the_name(ports):
    ports.append(port("COM7", None))
    assert find_usb_board() == "COM7"


def test_no_board_and_two(ports):
    with pytest.raises(NoSuchDevice, match="No board on USB calls itself lls-hw; check the cable"):
        open_transport("usb")
    ports += [OURS, port("/dev/ttyACM4", product("ULX3S"))]
    said = (
        r"There are 2 boards on USB, /dev/ttyACM3 \(lls-hw OrangeCrab r0.2\) and /dev/ttyACM4 "
        r"\(lls-hw ULX3S\); name the port of one."
    )
    with pytest.raises(NoSuchDevice, match=said):
        find_usb_board()
