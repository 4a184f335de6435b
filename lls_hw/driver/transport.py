"""Transports: byte pipes to a board. They may lose or change bytes but keep their order."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lls_hw.contract.frames import GREETING, OCCUPIED
from lls_hw.driver.address import (
    GOLDEN,
    MEM,
    SIMULATED_ENGINE,
    UIO,
    Mapped,
    mapped_address,
    parse_address,
)
from lls_hw.driver.axi import AxiTransport
from lls_hw.driver.errors import LinkClosed, NoSuchDevice
from lls_hw.driver.line_rate import line_text
from lls_hw.driver.serial_port import SerialTransport, check_serial, serial_parts
from lls_hw.driver.usb_port import USB, UsbTransport

__all__ = [
    "SimulatorTransport",
    "SocketTransport",
    "Transport",
    "check_address",
    "is_golden",
    "open_transport",
]

_SOCKET = "socket://"
_CHUNK = 1 << 16
_SEND_TIMEOUT = 5.0
_END_TIMEOUT = 10.0


@runtime_checkable
class Transport(Protocol):
    """What the driver needs of a way to the board."""

    simulated: bool
    """Whether a simulated board is known to be at its end."""

    def send(self, data: bytes) -> None:
        """Send all bytes."""

    def receive(self, wait: float) -> bytes:
        """What has arrived; if nothing has, waits for it, at most `wait` seconds."""

    def close(self) -> None:
        """Close the way to the board."""


class SocketTransport:
    """A TCP connection to a board that another program or machine provides.

    A simulated board greets whoever connects; the greeting is no data.
    """

    def __init__(self, host: str, port: int) -> None:
        self.simulated = False
        self._greeting: bytes | None = b""
        self._name = f"socket://{host}:{port}"
        self._heard = False
        try:
            self._socket = socket.create_connection((host, port), timeout=_SEND_TIMEOUT)
        except UnicodeError as error:
            raise NoSuchDevice(
                f"{self._name} names no machine that can exist; correct the part before the port."
            ) from error
        except OSError as error:
            raise NoSuchDevice(
                f"Nothing answers at {self._name} ({error.strerror or error}); start the board "
                f"there, for instance with `python -m lls_hw.simulator --port {port}`."
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._broken(error) from error

    def receive(self, wait: float) -> bytes:
        readable, _, _ = select.select([self._socket], [], [], wait)
        if not readable:
            return b""
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            raise self._broken(error) from error
        if not data:
            raise self._closed()
        self._heard = True
        return data if self._greeting is None else self._greeted(self._greeting + data)

    def _greeted(self, first: bytes) -> bytes:
        """What is left of the first bytes without a greeting, which may arrive in parts."""
        if any(text.startswith(first) and text != first for text in (GREETING, OCCUPIED)):
            self._greeting = first
            return b""
        self._greeting = None
        if first == OCCUPIED:
            raise NoSuchDevice(
                f"Another program is using the simulated board at {self._name}; wait until it has "
                "ended, or start another board with `python -m lls_hw.simulator`."
            )
        self.simulated = first.startswith(GREETING)
        return first.removeprefix(GREETING)

    def _closed(self) -> LinkClosed:
        cause = "" if self._heard else " at once, as if another program were using it"
        return LinkClosed(
            f"The board at {self._name} has closed the connection{cause}; start it and open it "
            "again."
        )

    def _broken(self, error: Exception) -> LinkClosed:
        return LinkClosed(
            f"The connection to {self._name} is broken ({error}); start the board and open it "
            f"again."
        )

    def close(self) -> None:
        self._socket.close()


class SimulatorTransport(SocketTransport):
    """A simulated board that lives as long as this transport.

    Parameters
    ----------
    command : starts the board. It prints its port in the first line, and ends when its standard
        input closes.
    counts : whether it answers a line on its standard input with its cycles so far, because its
        register CLOCK does not count them all.
    """

    def __init__(self, command: Sequence[str], *, counts: bool = False) -> None:
        self._counts = counts
        # Nobody writes to the pipe of its standard input; the pipe closes when this process ends,
        # however that happens. In a session of its own the board survives a Ctrl-C that is meant
        # for this process, which may want to save what the board has learnt.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            super().__init__("127.0.0.1", self._port())
        except BaseException:
            self._end(interrupt=True)
            raise

    def _port(self) -> int:
        """The port that the board announces; the board may have to be compiled first."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NoSuchDevice("The simulated board did not start; see its message above.")
        return int(line.rsplit(":", 1)[1])

    def counted(self) -> int | None:
        """Cycles of the board so far, if it counts them itself."""
        if not self._counts:
            return None
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise self._broken(error) from error

    def _closed(self) -> LinkClosed:
        return self._ended()

    def _broken(self, error: Exception) -> LinkClosed:
        return self._ended()

    def _ended(self) -> LinkClosed:
        """What is said when the board's program has ended although nobody told it to."""
        try:
            status = self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            how = "has closed its connection"
        else:
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return LinkClosed(
            f"The simulated board {how}; if it said nothing above, another program ended it or the "
            "memory was full. Start the command again."
        )

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self, interrupt: bool = False) -> None:
        """Close the pipes and wait; end a compilation that is under way."""
        if interrupt and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def is_golden(url: str) -> bool:
    """Whether an address is the golden model's."""
    parts = parse_address(url)
    return parts is not None and parts.scheme == GOLDEN


def check_address(url: str) -> None:
    """NoSuchDevice or ConfigError for an address that no board can have; nothing is opened."""
    if is_golden(url):
        raise NoSuchDevice(
            f"{url} is the golden model, but this needs a board; name one, such as sim."
        )
    if parts := parse_address(url):
        parts.check()
        return
    _refuse_rate(url)
    if url == USB or mapped_address(url):
        return
    if url.startswith(_SOCKET):
        _socket_parts(url)
    else:
        check_serial(url)


def _refuse_rate(url: str) -> None:
    """NoSuchDevice for a rate at a way to the board that has none."""
    place, separator, _ = url.rpartition("@")
    if separator and (place == USB or place.startswith((_SOCKET, f"{UIO}:", f"{MEM}:"))):
        raise NoSuchDevice(f"{place} has no rate to choose; write {place} alone instead of {url}.")


def _socket_parts(url: str) -> tuple[str, int]:
    """Host and port of a socket's address; NoSuchDevice if it has none."""
    host, _, port = url.removeprefix(_SOCKET).rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 1 << 16):
        raise NoSuchDevice(f"{url} names no valid port; write socket://HOST:PORT.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def open_transport(url: str) -> Transport:
    """The transport for an address.

    They are `sim`, `sim:ENGINE`, `usb`, `uio:DEVICE`, `mem:ADDRESS`, `socket://HOST:PORT`, or a
    port of pyserial.

    A serial port may be followed by the baud rate of its board, `/dev/ttyUSB1@1M`, a simulated
    board by that of the line that it is to have, `sim:small@3M`.
    """
    check_address(url)
    if parts := parse_address(url):
        name = parts.engine or SIMULATED_ENGINE
        module = [sys.executable, "-m", "lls_hw.simulator", "--engine", name, "--with-parent"]
        if parts.line:
            module += ["--line", line_text(parts.line)]
        return SimulatorTransport(module, counts=parts.line is not None)
    if url == USB:
        return UsbTransport()
    if place := mapped_address(url):
        return _mapped(place, url)
    if url.startswith(_SOCKET):
        return SocketTransport(*_socket_parts(url))
    return SerialTransport(*serial_parts(url))


def _mapped(place: Mapped, url: str) -> AxiTransport:
    """The transport over registers in this computer's memory."""
    if sys.platform != "linux":
        raise NoSuchDevice(f"{url} is an address for Linux; here, name another way to the board.")
    from lls_hw.driver.mapped import MappedRegisters  # other systems lack what it imports

    registers = MappedRegisters(place, url)
    try:
        return AxiTransport(registers, url)
    except BaseException:
        registers.close()
        raise
