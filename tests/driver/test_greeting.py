"""A simulated board says what it is, in whatever pieces that arrives; any other board does not."""

import socket
import threading

import pytest

from lls_hw.contract.frames import GREETING
from lls_hw.driver.serial_port import SerialTransport
from lls_hw.driver.transport import SocketTransport


@pytest.mark.parametrize(
    ("sent", "simulated", "received"),
    [
        ([GREETING], True, b""),
        ([GREETING + b"~frame~"], True, b"~frame~"),
        ([GREETING[:5], GREETING[5:] + b"~", b"frame~"], True, b"~frame~"),
        ([b"~frame~"], False, b"~frame~"),
        ([GREETING[:4] + b"x", b"~frame~"], False, GREETING[:4] + b"x~frame~"),
        ([GREETING, GREETING], True, GREETING),
    ],
)
def test_greeting(sent, simulated, received):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        transport = SocketTransport("127.0.0.1", listening.getsockname()[1])
        connection, _ = listening.accept()
        data = b""
        with connection:
            for piece in sent:
                connection.sendall(piece)
                data += transport.receive(1.0)
            while len(data) < len(received):
                data += transport.receive(1.0)
        assert (data, transport.simulated) == (received, simulated)
        transport.close()


def test_a_serial_port_is_no_simulation():
    transport = SerialTransport("loop://")
    sender = threading.Thread(target=transport.send, args=(GREETING,))
    sender.start()
    sender.join()
    assert transport.receive(1.0) == GREETING and not transport.simulated
    transport.close()
