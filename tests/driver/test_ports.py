"""Addresses that no board can have, ports that are taken, peers that say too much."""

import os
import pty
import subprocess
import sys
import termios

import pytest
import serial

from lls_hw.contract.frames import OCCUPIED, PROTOCOL, Decoder, Frame, Kind, encode
from lls_hw.driver.connection import Connection
from lls_hw.driver.device import Device
from lls_hw.driver.errors import LinkClosed, LinkTimeout, NoSuchDevice, NotOurDevice, RateRefused
from lls_hw.driver.serial_port import SerialTransport
from lls_hw.driver.transport import SimulatorTransport, SocketTransport, check_address
from tests.link.board import memory_board


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("socket://a..b:5", "names no machine that can exist"),
        (f"socket://{'a' * 70}:5", "names no machine that can exist"),
        ("socket://.:5", "names no machine that can exist"),
        ("hwgrep://[", "cannot be opened (unterminated character set at position 0); correct it"),
        ("hwgrep://x&y", "cannot be opened (unknown option: 'y'); correct it"),
        ("loop://?logging=x", "cannot be opened ('x'); correct it"),
        ("rfc2217://127.0.0.1:1", "check host and port, that its server runs"),
        ("/dev", "Is a directory"),
        ("/dev/null", "check the name and the cable"),
    ],
)
def test_addresses_of_nothing(url, said):
    with pytest.raises(NoSuchDevice) as error:
        Device.open(url, timeout=1)
    assert url in str(error.value) and said in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "socket://host:0", "socket://host:65536", f"socket://host:{'9' * 5000}", "socket://host:²",
        "socket://:5", "socket://host", "rfc2217://", "rfc2217://host", "rfc2217://:4000",
        "rfc2217://host:0", "rfc2217://host:99999", "RFC2217://host",
        "/dev/ttyUSB0@0", "/dev/ttyUSB0@00",
        f"/dev/ttyUSB0@{1 << 31}", f"/dev/ttyUSB0@{'9' * 5000}", "ttyUSB0",
    ],
)  # fmt: skip
def test_addresses_are_checked_before_anything_is_opened(url):
    with pytest.raises(NoSuchDevice, match="write"):
        check_address(url)


@pytest.mark.parametrize(
    "error", [termios.error(22, "Invalid argument"), OverflowError("too large"), ValueError("no")]
)
def test_a_rate_that_the_system_refuses(error, monkeypatch):
    class Port:
        closed = False

        def __setattr__(self, name, value):
            if name == "baudrate":
                raise error
            object.__setattr__(self, name, value)

        def close(self):
            self.closed = True

    port = Port()
    monkeypatch.setattr(serial, "serial_for_url", lambda *_, **__: port)
    with pytest.raises(RateRefused, match="/dev/x refuses 12.345 kbaud .*; name another rate"):
        SerialTransport("/dev/x", 12345)
    assert port.closed


def test_a_serial_port_is_for_one_program():
    """The second is told so at once, whether it is this program or another one."""
    ours, theirs = pty.openpty()
    first = SerialTransport(os.ttyname(theirs))
    said = f"Another program has opened the serial port {os.ttyname(theirs)}"
    with pytest.raises(NoSuchDevice, match=said):
        SerialTransport(os.ttyname(theirs))
    script = f"from lls_hw.driver.device import Device; Device.open({os.ttyname(theirs)!r})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert said in done.stderr
    first.close()
    SerialTransport(os.ttyname(theirs)).close()
    os.close(ours)
    os.close(theirs)


def test_a_simulated_board_is_for_one_host():
    """The next is told so, and can have it once the first has left, whatever that left undone."""
    with memory_board() as port:
        for _ in range(2):
            first = SocketTransport("127.0.0.1", port)
            first.receive(60.0)
            with pytest.raises(NoSuchDevice, match="Another program is using the simulated board"):
                Device.open(f"socket://127.0.0.1:{port}", timeout=60)
            first.send(bytes(5000))
            first.close()
            next_one = Connection(SocketTransport("127.0.0.1", port), "it", timeout=60)
            next_one.hello()
            next_one.close()


def test_a_refusal_in_parts():
    board = SocketTransport.__new__(SocketTransport)
    board._greeting, board._name = b"", "socket://x"
    assert board._greeted(OCCUPIED[:30]) == b""
    with pytest.raises(NoSuchDevice, match="socket://x; wait until it has ended"):
        board._greeted(OCCUPIED)


@pytest.mark.parametrize(
    ("end", "how"), [("kill -9 $$", "was ended by signal 9"), ("exit 3", "ended with status 3")]
)
def test_a_simulated_board_that_has_ended(end, how):
    """Neither a broken pipe nor a connection that was reset."""
    serve = (
        "import os, socket; s = socket.create_server(('127.0.0.1', 0))\n"
        "print(f'listening on 127.0.0.1:{s.getsockname()[1]}', flush=True)\n"
        f"c, _ = s.accept(); c.recv(1); os.execl('/bin/sh', 'sh', '-c', {end!r})"
    )
    board = SimulatorTransport([sys.executable, "-c", serve])
    with pytest.raises(LinkClosed, match=f"The simulated board {how}; .*Start the command again"):
        Connection(board, "it").hello()
    with pytest.raises(LinkClosed, match=how):
        for _ in range(3):
            board.send(bytes(100))
    board.close()


class Chatterbox:
    """Answers HELLO, and then sends replies without being asked, for ever."""

    simulated = False

    def __init__(self, window=0):
        self.window, self.sent, self._answers = window, 0, b""

    def send(self, data):
        for frame in Decoder().feed(data):
            if frame.kind == Kind.HELLO:
                answer = Frame(Kind.HELLO, frame.sequence, self.window, PROTOCOL)
                self._answers += encode(answer)

    def receive(self, wait):
        if not self._answers:
            self._answers = encode(Frame(Kind.DATA, self.sent % 65536, 0, 0, bytes(200)))
            self.sent += 200
        answers, self._answers = self._answers, b""
        return answers

    def close(self):
        pass


@pytest.mark.parametrize("window", [0, 4092])
def test_replies_that_nobody_asked_for(window):
    """They are no progress."""
    board = Chatterbox(window)
    with pytest.raises(NotOurDevice, match="sends replies that nobody asked for"):
        Device(board, name="it")
    assert board.sent <= 400


class Busy:
    """A board that first finishes what it was asked for before."""

    simulated, said = True, b""

    def send(self, data):
        pass

    def receive(self, wait):
        return self.said

    def close(self):
        pass


@pytest.mark.parametrize("said", [b"", encode(Frame(Kind.DATA, 7, 0, 0, b"old reply"))])
@pytest.mark.parametrize(
    ("simulated", "remedy"), [(True, "wait, or start it again"), (False, "load the board's bit")]
)
def test_a_board_that_is_busy(simulated, said, remedy):
    board = Busy()
    board.simulated, board.said = simulated, said
    with pytest.raises(LinkTimeout, match="may still be carrying out") as error:
        Device(board, name="it", timeout=0.1)
    assert remedy in str(error.value)
