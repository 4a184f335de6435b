"""Rates of serial lines: in addresses, and found by asking."""

import pytest
import serial

from lls_hw.contract.frames import PROTOCOL, Decoder, Frame, Kind, encode
from lls_hw.contract.line import RATES, Line
from lls_hw.driver.address import parse_address
from lls_hw.driver.errors import LinkTimeout, NoSuchDevice, NotOurDevice, RateRefused
from lls_hw.driver.line_rate import line_of, line_text, serial_address
from lls_hw.driver.rate_search import find_rate
from lls_hw.driver.serial_port import SerialTransport
from lls_hw.driver.transport import check_address
from lls_hw.session.board import engine_at


@pytest.mark.parametrize(
    ("url", "place", "line"),
    [
        ("sim", "sim", None),
        ("sim@3M", "sim", Line(3_000_000)),
        ("sim:tiny@921.6k", "sim:tiny", Line(921_600)),
        ("sim:tiny@3M/60M", "sim:tiny", Line(3_000_000, 60)),
    ],
)
def test_simulated_addresses(url, place, line):
    check_address(url)
    assert engine_at(url) == engine_at(place)
    assert parse_address(url) == parse_address(place)._replace(line=line)
    if line:
        assert line_of(line_text(line)) == line


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sim@", "'' is no rate; write 3M"),
        ("sim:tiny@fast", "'fast' is no rate; write 3M"),
        ("sim:tiny@3M/", "'' is no rate"),
        ("sim:tiny@3M/60M/2", "'60M/2' is no rate"),
        ("sim:tiny@3M/60", "'60' is no clock of an engine, which has some MHz; write 60M"),
        ("sim:tiny@300", "300 baud cannot be simulated beside an engine at 80 MHz; choose 9600"),
        ("sim:tiny@70M/60M", "choose 9600..60000000. sim:tiny@3M is a line of 3 Mbaud"),
    ],
)
def test_lines_that_cannot_be_simulated(url, sentence):
    for refuse in (check_address, engine_at, parse_address):
        with pytest.raises(NoSuchDevice, match=sentence):
            refuse(url)


def test_serial_addresses():
    assert serial_address("/dev/ttyUSB0@8M") == ("/dev/ttyUSB0", 8_000_000)
    assert serial_address("/dev/ttyUSB0@1000000") == ("/dev/ttyUSB0", 1_000_000)
    assert serial_address("/dev/ttyUSB0") == ("/dev/ttyUSB0", None)
    assert serial_address("/dev/serial@home") == ("/dev/serial@home", None)


@pytest.mark.parametrize("rate", ["", "abc", "-3M", "3m", "3M/60M", "1.5", "0"])
@pytest.mark.parametrize("port", ["/dev/ttyUSB7", "COM5"])
def test_what_is_no_rate_is_not_taken_for_a_port_s_name(port, rate):
    with pytest.raises(NoSuchDevice, match=f"@{rate} names a rate.*write for instance {port}@3M"):
        check_address(f"{port}@{rate}")


def test_a_port_s_own_name_may_have_an_at(tmp_path):
    port = tmp_path / "serial@home"
    port.touch()
    check_address(str(port))
    check_address(f"{port}@8M")
    check_address("rfc2217://me@home:4000")


@pytest.mark.parametrize("place", ["usb", "uio:/dev/uio0", "mem:0x43c00000", "socket://host:1"])
@pytest.mark.parametrize("rate", ["3M", "", "fast"])
def test_ways_without_a_rate_say_so(place, rate):
    with pytest.raises(NoSuchDevice, match=f"{place} has no rate to choose; write {place} alone"):
        check_address(f"{place}@{rate}")


class Port:
    """A serial port with a board at one rate, which says `noise` at all others."""

    def __init__(self, baud, refused=(), noise=b""):
        self._answers, self._refused, self._noise = baud, refused, noise
        self._decoder, self._out, self.timeout = Decoder(), bytearray(), 0

    @property
    def baudrate(self):
        return self._baud

    @baudrate.setter
    def baudrate(self, baud):
        if baud in self._refused:
            raise ValueError("no such rate")
        self._baud = baud

    @property
    def in_waiting(self):
        return len(self._out)

    def reset_input_buffer(self):
        self._out.clear()

    def write(self, data):
        self._out += self._noise
        for frame in self._decoder.feed(data) if self._baud == self._answers else ():
            self._out += encode(Frame(Kind.HELLO, frame.sequence, 1020, PROTOCOL))

    def read(self, count):
        data = bytes(self._out[:count])
        del self._out[:count]
        return data

    def close(self):
        self.closed = True


def transport(monkeypatch, *arguments, **options):
    port = Port(*arguments, **options)
    monkeypatch.setattr(serial, "serial_for_url", lambda *a, **k: port)
    return SerialTransport("PORT")


@pytest.mark.parametrize("baud", RATES)
def test_the_rate_of_a_board_is_found(monkeypatch, baud):
    line = transport(monkeypatch, baud)
    find_rate(line, "PORT", 0.2)
    assert line.baud == baud and line.refused == []


def test_a_refused_rate_is_left_out(monkeypatch):
    line = transport(monkeypatch, 1_000_000, refused=(8_000_000, 6_000_000))
    find_rate(line, "PORT", 0.2)
    assert line.baud == 1_000_000 and line.refused == [8_000_000, 6_000_000]


def test_no_rate_answers(monkeypatch):
    line = transport(monkeypatch, 2_000_000, refused=(8_000_000,))
    sentence = (
        "did not answer within 0.2 s at 3 Mbaud, 6 Mbaud or 1 Mbaud; the port refuses 8 Mbaud. "
    )
    with pytest.raises(LinkTimeout, match=sentence):
        find_rate(line, "PORT", 0.2)


def test_something_else_answers(monkeypatch):
    line = transport(monkeypatch, 2_000_000, noise=b"login: ")
    with pytest.raises(NotOurDevice, match="sends data but does not answer"):
        find_rate(line, "PORT", 0.2)


def test_a_named_rate_that_the_port_refuses(monkeypatch):
    with pytest.raises(RateRefused, match=r"PORT refuses 3 Mbaud \(no such rate\); name another"):
        transport(monkeypatch, 8_000_000, refused=(3_000_000,))
