"""The driver and a board's link, over USB down to the wires: the data stay exact."""

import random

import pytest

from lls_hw.contract.frames import read_command, write_command
from lls_hw.contract.registers import Space
from lls_hw.driver.connection import Connection
from tests.link.usb_board import usb_program
from tests.link.usb_disturbances import KINDS, LOSING, MENDED, Disturbances
from tests.link.usb_training import HURRY, engine_board
from tests.link.usb_transport import HostTransport, board_time


def rewrite(link: Connection, random_: random.Random, count: int) -> None:
    """Writes weights and reads them."""
    elements = random_.randbytes(count * Space.WEIGHT.element_bytes)
    address = random_.randrange(300)
    link.send(write_command(Space.WEIGHT, address, elements))
    link.send(read_command(Space.WEIGHT, address, count), len(elements))
    assert link.receive(len(elements)) == elements


@pytest.mark.parametrize(
    "kinds, often, least",
    [(MENDED, 0, 0), (MENDED, 0.15, 15), (LOSING, 0.05, 2)],
    ids=["in peace", "what USB mends", "what the protocol mends"],
)
def test_memory_over_usb(kinds, often, least):
    random_ = random.Random(9)
    with engine_board(usb_program()) as host:
        disturbances = Disturbances(host, 4, often, kinds=kinds)
        transport = HostTransport(host, disturbances, HURRY)
        with board_time(transport, 1):
            link = Connection(transport, "the board on USB")
            link.hello()
            for _ in range(4):
                rewrite(link, random_, 700)
            assert link.available() == 0
    assert disturbances.suffered.total() >= least
    found = link.statistics
    repaired = found.retransmissions + found.repetitions + found.frames_damaged
    assert bool(repaired) is (kinds is not MENDED), "USB itself repairs what it spoils"


def test_each_disturbance_alone():
    random_ = random.Random(5)
    with engine_board(usb_program()) as host:
        disturbances = Disturbances(host, 5)
        transport = HostTransport(host, disturbances, HURRY)
        with board_time(transport, 1):
            link = Connection(transport, "the board on USB")
            link.hello()
            for kind in KINDS:
                disturbances.disturb(kind)
                rewrite(link, random_, 40)
    assert disturbances.suffered == dict.fromkeys(KINDS, 1)
