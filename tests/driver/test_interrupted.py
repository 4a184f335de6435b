"""Ctrl-C while the host waits for the link: nothing that follows may be mixed up."""

import numpy as np
import pytest

from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.driver.transport import SocketTransport
from tests.link.board import pose

LONG = 8192
"""Elements of several commands."""


class Interrupted:
    """A transport whose `count`-th operation from now on is interrupted; none if negative."""

    def __init__(self, inner):
        self._inner, self.simulated, self.count = inner, False, -1

    def _tick(self):
        self.count -= self.count >= 0
        if self.count == 0:
            self.count = -1
            raise KeyboardInterrupt

    def send(self, data):
        self._inner.send(data)
        self._tick()

    def receive(self, wait):
        self._tick()
        return self._inner.receive(wait)

    def close(self):
        self._inner.close()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13, 40])
def test_a_long_read_is_interrupted(port, count):
    """What is read afterwards is what was written."""
    pose(port)
    transport = Interrupted(SocketTransport("127.0.0.1", port))
    with Device(transport) as device:
        device.write(Space.WEIGHT, 0, np.arange(1000))
        transport.count = count
        with pytest.raises(KeyboardInterrupt):
            device.read(Space.WEIGHT, 0, LONG)
        assert transport.count < 0
        for first in (7, 700):
            expected = list(range(first, first + 100))
            assert device.read(Space.WEIGHT, first, 100).tolist() == expected
