"""Device: ranges, order of replies, and boards that do not behave."""

import os
import socket
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from lls_hw.contract.config import PRESETS
from lls_hw.contract.frames import PROTOCOL, Decoder, Frame, Kind, encode
from lls_hw.contract.registers import RUN, Register, Space
from lls_hw.driver.device import Device
from lls_hw.driver.errors import (
    LinkClosed,
    LinkTimeout,
    NoSuchDevice,
    NotOurDevice,
    RangeError,
)
from lls_hw.driver.transport import SocketTransport
from tests.link.board import pose

OPTIONAL = {Space.MODULATION, Space.VELOCITY, Space.CHANNEL, Space.EXTERNAL}
"""Spaces that the board of these tests does not have."""


@pytest.mark.parametrize(
    "space", sorted({space for space in Space if space.access == "rw"} - OPTIONAL)
)
def test_corner_values_come_back_in_the_right_type(device, space):
    if space is Space.CONTROL:
        device.write(space, Register.STEP, [0xFFFFFFFF])
        assert device.register(Register.STEP) == 0xFFFFFFFF
        return
    limits = np.iinfo(space.dtype)
    values = np.array([limits.min, limits.max, 0, 1, limits.max - 1], np.int64)
    device.write(space, 2, values)
    back = device.read(space, 2, len(values))
    assert back.dtype == space.dtype
    assert back.tolist() == values.tolist()


def test_replies_may_be_asked_for_in_any_order(device):
    device.write(Space.WEIGHT, 0, np.arange(600))
    replies = [device.read_async(Space.WEIGHT, 100 * k, 100) for k in range(6)]
    for k in (3, 5, 0, 1, 2, 4):
        assert replies[k].result().tolist() == list(range(100 * k, 100 * k + 100))
        assert replies[k].done()
    assert device.read(Space.WEIGHT, 0, 0).tolist() == []


def test_an_asynchronous_reply_arrives_without_waiting_for_it(device):
    reply = device.read_async(Space.WEIGHT, 0, 10)
    deadline = time.monotonic() + 10
    while not reply.done():
        assert time.monotonic() < deadline
    assert len(reply.result()) == 10


def test_long_transfers_are_cut_and_joined(device):
    values = np.random.default_rng(0).integers(-32768, 32768, 1024).astype(np.int16)
    device.write(Space.WEIGHT, 0, values)
    device.write(Space.WEIGHT, 1024, values[::-1])
    assert (device.read(Space.WEIGHT, 0, 1024) == values[::-1]).all(), "the memory wraps"
    assert len(device.read(Space.WEIGHT, 0, 3000)) == 3000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.write(Space.WEIGHT, 0, [40000]), "-32768..32767; there is a 40000"),
        (lambda d: d.write(Space.ACT, 0, [-129, 5]), "-128..127; there is a -129"),
        (lambda d: d.write(Space.LABEL, 0, np.array([-1], np.int8)), "0..255; there is a -1"),
        (lambda d: d.write(Space.ACT, 0, [0.5]), "takes integers, not float64"),
        (lambda d: d.write(Space.LABEL, 63, [1, 1]), "0..63; 2 from 63 on"),
        (lambda d: d.read(Space.WEIGHT, 8192, 1), "0..8191; 1 from 8192 on"),
        (lambda d: d.read(Space.MODULATION, 0, 1), "was built without MODULATION"),
        (lambda d: d.read(Space.VELOCITY, 0, 1), "was built without VELOCITY"),
        (lambda d: d.write(Space.CHANNEL, 0, [0]), "was built without CHANNEL"),
        (lambda d: d.read(Space.STATE, -1, 1), "1 from -1 on"),
        (lambda d: d.read(Space.STATE, 0, -1), "-1 from 0 on"),
        (lambda d: d.read(Space.ACT, 0, 1), "ACT can only be written"),
        (lambda d: d.write(Space.RESULT, 0, [1]), "RESULT can only be read"),
        (lambda d: d.write(Space.CONTROL, 0, [1]), "MAGIC can only be read"),
        (lambda d: d.register(Register.RUN), "RUN can only be written"),
        (lambda d: d.run(2), "no input buffer 2"),
        (lambda d: d.run(0, 64), "no descriptor 64"),
        (lambda d: d.write(Space.PROGRAM, 0, [1 << 32]), "there is a 4294967296"),
    ],
)
def test_bad_arguments(device, call, message):
    with pytest.raises(RangeError, match=message):
        call(device)
    device.flush()


def test_run_reaches_the_register_of_the_engine(port, device):
    device.run(1, 3)
    with pytest.raises(RangeError):
        device.register(Register.RUN)
    assert device._read(Space.CONTROL, Register.RUN, 1).result()[0] == RUN.pack(buffer=1, first=3)


def test_capacity_covers_every_space():
    for config in PRESETS.values():
        options = {
            Space.MODULATION: config.modulation_depth,
            Space.VELOCITY: config.momentum,
            Space.CHANNEL: config.channel_depth,
            Space.EXTERNAL: config.external_depth,
            Space.SAMPLE: config.external_depth,
            Space.TALLY: config.external_depth,
            Space.TRACE: config.trace,
        }
        for space in Space:
            assert (space.capacity(config) > 0) == bool(options.get(space, True))
        assert Space.WEIGHT.capacity(config) == config.weight_depth * config.cols


def test_a_new_session_takes_over_from_a_broken_one(port):
    pose(port)
    url = f"socket://127.0.0.1:{port}"
    with Device.open(url) as first:
        # Half a command, never completed.
        first._link.send(bytes([Space.WEIGHT, 0, 0, 0, 9, 0, 1]))
    with Device.open(url) as second:
        second.write(Space.WEIGHT, 0, [77])
        assert second.read(Space.WEIGHT, 0, 1).tolist() == [77]


@contextmanager
def server(behave):
    """Something that is no board: `behave` gets its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            # The driver may leave while there is something to tell it.
            with connection, suppress(ConnectionError):
                behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"socket://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


def _drain(connection):
    while connection.recv(1000):
        pass


def test_silent_port():
    start = time.monotonic()
    with server(_drain) as url, pytest.raises(LinkTimeout, match="did not answer within 0.5 s"):
        Device.open(url, timeout=0.5)
    assert time.monotonic() - start < 3


def test_device_that_talks_nonsense():
    def chatter(connection):
        connection.sendall(b"login: " * 100)
        _drain(connection)

    with (
        server(chatter) as url,
        pytest.raises(NotOurDevice, match="does not answer as an lls-hw board"),
    ):
        Device.open(url, timeout=0.5)


def test_device_that_echoes():
    """A loop-back plug returns our HELLO; it lacks the protocol's version."""

    def echo(connection):
        while data := connection.recv(1000):
            connection.sendall(data)

    with server(echo) as url, pytest.raises(NotOurDevice, match="protocol 0x0000"):
        Device.open(url, timeout=0.5)


def test_other_side_closes():
    with server(lambda connection: None) as url, pytest.raises(LinkClosed, match="closed|broken"):
        Device.open(url, timeout=5)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/dev/ttyNONE", "serial port /dev/ttyNONE cannot be opened"),
        ("/dev/ttyNONE@1000000", "serial port /dev/ttyNONE cannot be opened"),
        ("socket://127.0.0.1:1", "Nothing answers at socket://127.0.0.1:1"),
        ("socket://127.0.0.1", "names no valid port"),
        ("socket://127.0.0.1:99999", "names no valid port"),
        ("nonsense://x", "nonsense://x cannot be opened"),
    ],
)
def test_no_such_device(url, message):
    with pytest.raises(NoSuchDevice, match=message):
        Device.open(url, timeout=1)


def test_board_that_answers_but_makes_no_progress():
    """Its engine hangs: every frame is answered, nothing is ever consumed."""

    def hang(connection):
        decoder = Decoder()
        while data := connection.recv(1000):
            for frame in decoder.feed(data):
                if frame.kind == Kind.HELLO:
                    answer = Frame(Kind.HELLO, frame.sequence, 4092, PROTOCOL)
                else:
                    answer = Frame(Kind.DATA, 0, frame.sequence + len(frame.payload), 0)
                connection.sendall(encode(answer))

    with (
        server(hang) as url,
        pytest.raises(LinkTimeout, match="answers but has made no progress for 0.5 s"),
    ):
        Device.open(url, timeout=0.5, patience=1)


class Relay:
    """A transport that can be unplugged."""

    def __init__(self, inner):
        self.inner, self.plugged = inner, True
        self.simulated = inner.simulated

    def send(self, data):
        if self.plugged:
            self.inner.send(data)

    def receive(self, wait):
        data = self.inner.receive(wait)
        return data if self.plugged else b""

    def close(self):
        self.inner.close()


def test_link_that_falls_silent(port):
    pose(port)
    relay = Relay(SocketTransport("127.0.0.1", port))
    device = Device(relay, timeout=0.6)
    relay.plugged = False
    start = time.monotonic()
    with pytest.raises(LinkTimeout, match="has not answered for 0.6 s"):
        device.read(Space.WEIGHT, 0, 1)
    assert time.monotonic() - start < 3
    with pytest.raises(LinkTimeout):
        device.write(Space.WEIGHT, 0, np.zeros(8000, np.int16))
    device.close()


def test_link_that_was_away_for_a_while(port):
    pose(port)
    relay = Relay(SocketTransport("127.0.0.1", port))
    device = Device(relay, timeout=10)
    relay.plugged = False
    device.write(Space.WEIGHT, 0, [1, 2, 3])
    reply = device.read_async(Space.WEIGHT, 0, 3)
    threading.Timer(0.7, lambda: setattr(relay, "plugged", True)).start()
    assert reply.result().tolist() == [1, 2, 3]
    assert device.statistics.retransmissions
    device.close()


def test_serial_port(port):
    """A pseudo-terminal in front of the memory board; then it is unplugged."""
    import pty
    import tty

    pose(port)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    stop = threading.Event()
    board = SocketTransport("127.0.0.1", port)

    def shovel():
        os.set_blocking(ours, False)
        while not stop.is_set():
            with suppress(BlockingIOError):  # nothing to read yet
                board.send(os.read(ours, 4096))
            if data := board.receive(0.002):
                os.write(ours, data)

    thread = threading.Thread(target=shovel)
    thread.start()
    try:
        with Device.open(os.ttyname(theirs)) as device:
            values = np.arange(-500, 500)
            device.write(Space.WEIGHT, 0, values)
            assert device.read(Space.WEIGHT, 0, 1000).tolist() == values.tolist()
            stop.set()
            thread.join()
            os.close(ours)
            os.close(theirs)
            with pytest.raises((LinkClosed, LinkTimeout)):
                device.read(Space.WEIGHT, 0, 1000)
    finally:
        stop.set()
        thread.join()
        board.close()


def test_together_or_not_at_all(device):
    """What goes wrong on the way leaves no question without an answer."""
    with device.together():
        device.write(Space.WEIGHT, 3, [5])
        reply = device.read_async(Space.WEIGHT, 3, 1)
    assert reply.result().tolist() == [5]
    with pytest.raises(RangeError, match="takes -32768..32767"), device.together():
        device.write(Space.WEIGHT, 3, [6])
        device.read_async(Space.WEIGHT, 3, 1)
        device.write(Space.WEIGHT, 3, [1 << 20])
    assert device.read(Space.WEIGHT, 3, 1).tolist() == [5]
