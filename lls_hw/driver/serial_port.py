"""Serial ports: their addresses, and how they are opened, for one program at a time."""

import contextlib
import errno
import os
from urllib.parse import urlsplit

import serial

from lls_hw.contract.line import BAUD, rate_text
from lls_hw.driver.errors import LinkClosed, NoSuchDevice, RateRefused
from lls_hw.driver.line_rate import serial_address

__all__ = ["SerialTransport", "check_serial", "serial_parts"]

_WINDOWS_PORT = "COM"
_URL = "://"
_HIGHEST_BAUD = (1 << 31) - 1
"""More is no rate that a system could be asked for."""
_SEND_TIMEOUT = 5.0
_RFC2217 = "rfc2217://"
"""Serial ports of other machines."""
_TAKEN = (errno.EBUSY, errno.EWOULDBLOCK, errno.EAGAIN)
"""What the system says of a port that another program has locked."""


def serial_parts(url: str) -> tuple[str, int]:
    """Port and bits a second: `/dev/ttyUSB1`, or `/dev/ttyUSB1@1M` for another rate than BAUD."""
    port, baud = serial_address(url)
    return port, BAUD if baud is None else baud


def check_serial(url: str) -> None:
    """NoSuchDevice for a text that cannot be a serial port at a rate; nothing is opened."""
    if "/" not in url and not url.upper().startswith(_WINDOWS_PORT):
        raise NoSuchDevice(
            f"There is no board {url!r}; write sim, sim:PRESET, sim:PRESET@3M, usb, "
            "socket://HOST:PORT, uio:/dev/uio0, mem:ADDRESS, or a serial port such as /dev/ttyUSB0."
        )
    port, separator, rate = url.rpartition("@")
    if separator and not _is_rate(url):
        raise NoSuchDevice(
            f"{port}@{rate[:12]} names a rate that no serial port has; write for instance "
            f"{port}@3M, or {port} alone."
        )
    if url.lower().startswith(_RFC2217) and not _has_port(url):
        raise NoSuchDevice(f"{url} names no valid port; write rfc2217://HOST:PORT.")


def _has_port(url: str) -> bool:
    """Whether a URL names a host and a port."""
    try:
        place = urlsplit(url)
        return bool(place.hostname and place.port)
    except ValueError:
        return False


def _is_rate(url: str) -> bool:
    """Whether what follows the @ is a rate, or belongs to the name of a port."""
    digits = url.rpartition("@")[2].rstrip("kM")
    if digits.isdecimal():
        long = len(digits) > len(str(_HIGHEST_BAUD))
        return not long and int(digits) > 0 and serial_parts(url)[1] <= _HIGHEST_BAUD
    return serial_address(url)[1] is not None or _URL in url or os.path.exists(url)


class SerialTransport:
    """A serial port, or any other URL that pyserial opens. No other program may have it open.

    RateRefused if it cannot be set to `baud` bits a second.
    """

    simulated = False

    def __init__(self, url: str, baud: int = BAUD) -> None:
        self._name = url
        self.refused: list[int] = []
        """Rates that the port could not be set to."""
        try:
            self._port = serial.serial_for_url(
                url, timeout=0, write_timeout=_SEND_TIMEOUT, exclusive=True
            )
        except Exception as error:  # pyserial passes on whatever an address leads to
            raise _cannot_be_opened(url, error) from error
        # Without it an FTDI chip keeps bytes back for 16 ms; other ports do not need the mode.
        with contextlib.suppress(OSError, ValueError, AttributeError, NotImplementedError):
            self._port.set_low_latency_mode(True)
        try:
            self.set_baud(baud)
        except RateRefused:
            self.close()
            raise

    def set_baud(self, baud: int) -> None:
        """Bits a second from now on; what has arrived at another rate is forgotten."""
        try:
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        except Exception as error:  # of the system's call, termios.error among them
            raise RateRefused(
                f"The serial port {self._name} refuses {rate_text(baud)} ({error}); name another "
                f"rate, such as {self._name}@3M, and build the bitstream with it (--baud 3M)."
            ) from error
        self.baud = baud

    def send(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (OSError, serial.SerialException) as error:
            raise self._gone(error) from error

    def receive(self, wait: float) -> bytes:
        try:
            waiting = self._port.in_waiting
            if waiting:
                return bytes(self._port.read(waiting))
            if self._port.timeout != wait:
                self._port.timeout = wait
            return bytes(self._port.read(1))
        except (OSError, serial.SerialException) as error:
            raise self._gone(error) from error

    def _gone(self, error: OSError) -> LinkClosed:
        return LinkClosed(
            f"The serial port {self._name} is gone ({error}); plug the board in and open it again."
        )

    def close(self) -> None:
        self._port.close()


def _cannot_be_opened(url: str, error: Exception) -> NoSuchDevice:
    """One sentence with what to do: another program, a wrong address, or anything else."""
    said = f"{error}".strip().rstrip(".") or type(error).__name__
    if isinstance(error, OSError) and error.errno in _TAKEN:
        return NoSuchDevice(
            f"Another program has opened the serial port {url}, perhaps a second lls-hw or a "
            "terminal; end it, and open the port again."
        )
    if _URL in url and not isinstance(error, OSError):
        return NoSuchDevice(f"The address {url} cannot be opened ({said}); correct it.")
    if url.lower().startswith(_RFC2217):
        return NoSuchDevice(
            f"The serial port {url} cannot be opened ({said}); check host and port, that its "
            "server runs, and that the board is plugged in there."
        )
    return NoSuchDevice(
        f"The serial port {url} cannot be opened ({said}); check the name and the cable, "
        f"and that your user may use serial ports (on Debian, group dialout)."
    )
