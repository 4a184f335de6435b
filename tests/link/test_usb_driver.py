"""The driver and a board's link, over USB down to the wires: the data stay exact."""

import random
import time

import pytest

from lls_hw.contract.frames import read_command, write_command
from lls_hw.contract.registers import Space
from lls_hw.contract.usb import PACKET_BYTES
from lls_hw.driver.connection import Connection
from tests.link.usb_board import Loop, usb_program
from tests.link.usb_host import Host, plugged

DATA = 4


class UsbTransport:
    """The serial port that an operating system makes of a host; packets may get spoilt."""

    simulated = True

    def __init__(self, host: Host, spoilt: float) -> None:
        self._host, self._spoilt, self._random = host, spoilt, random.Random(4)
        self._arrived = b""

    def send(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            part = data[at : at + PACKET_BYTES]
            spoil = self._random.randrange(9, 400) if self._random.random() < self._spoilt else 0
            if self._host.offer(DATA, part, spoil=spoil):
                at += len(part)
            else:
                self._arrived += self._host.read(DATA)

    def receive(self, wait: float) -> bytes:
        end = time.monotonic() + wait
        while not self._arrived and time.monotonic() < end:
            self._arrived = self._host.read(DATA)
        data, self._arrived = self._arrived, b""
        return data

    def replug(self) -> None:
        """What is on the way gets lost."""
        self._host.enumerate()
        self._arrived = b""

    def close(self) -> None:
        pass


@pytest.mark.parametrize("spoilt, replugged", [(0, False), (0.2, False), (0.05, True)])
def test_memory_over_usb(spoilt, replugged):
    random_ = random.Random(9)
    with plugged(usb_program(Loop())) as host:
        host.enumerate()
        host.bus.mode(3)
        transport = UsbTransport(host, spoilt)
        link = Connection(transport, "the board on USB")
        link.hello()
        for round_ in range(6):
            elements = random_.randbytes(700 * Space.WEIGHT.element_bytes)
            address = random_.randrange(300)
            link.send(write_command(Space.WEIGHT, address, elements))
            link.send(read_command(Space.WEIGHT, address, 700), len(elements))
            if replugged and round_ % 2:
                transport.replug()
            assert link.receive(len(elements)) == elements
        assert link.available() == 0
        if not replugged:
            assert not link.statistics.retransmissions and not link.statistics.repetitions
            assert not link.statistics.frames_damaged, "USB itself repairs what it spoils"
