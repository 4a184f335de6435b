"""Everything that can happen to bytes on their way happens; the data stay exact."""

import random

import pytest

from lls_hw.contract.frames import read_command, write_command
from lls_hw.contract.registers import Space
from lls_hw.driver.connection import Connection
from lls_hw.driver.transport import SocketTransport
from tests.driver.faulty import FAULTS, FaultyTransport
from tests.link.board import memory_board


@pytest.fixture(scope="module")
def port():
    with memory_board() as port:
        yield port


def exchange(port: int, seed: int, faults: dict[str, float], directions, rounds: int, least=0):
    """Writes and reads back random elements over a faulty transport, until it was faulty enough.

    How many pieces arrive, and so how many suffer, depends on the machine's load.
    """
    random_ = random.Random(seed)
    transport = FaultyTransport(SocketTransport("127.0.0.1", port), seed, faults, directions)
    link = Connection(transport, "the faulty board", timeout=20.0, patience=20.0)
    link.hello()
    expected = []
    for round_ in range(20 * rounds):
        if round_ >= rounds and transport.suffered.total() >= least:
            break
        space = random_.choice((Space.ACT, Space.WEIGHT, Space.RESULT))
        count = random_.choice((1, 2, 40, 300))
        address = random_.randrange(1024 - count)
        elements = random_.randbytes(count * space.element_bytes)
        commands = write_command(space, address, elements) + read_command(space, address, count)
        link.send(commands, len(elements))
        expected.append(elements)
        if random_.random() < 0.3:
            for elements in expected:
                assert link.receive(len(elements)) == elements
            expected.clear()
    for elements in expected:
        assert link.receive(len(elements)) == elements
    assert link.available() == 0
    link.close()
    return transport, link.statistics


@pytest.mark.parametrize("direction", ["out", "in"])
@pytest.mark.parametrize("fault", FAULTS)
def test_one_kind_of_fault(port, fault, direction):
    transport, _ = exchange(port, 7, {fault: 0.06}, (direction,), 200, least=10)
    assert transport.suffered[direction, fault] >= 10


@pytest.mark.parametrize("seed", range(4))
def test_all_faults_together(port, seed):
    faults = dict.fromkeys(FAULTS, 0.02)
    transport, statistics = exchange(port, seed, faults, ("out", "in"), 200, least=20)
    assert transport.suffered.total() >= 20
    assert statistics.retransmissions > 0


def test_positions_wrap_in_both_directions_under_faults(port):
    """More than 2**16 bytes either way."""
    transport, statistics = exchange(port, 1, {"corrupt": 0.01}, ("out", "in"), 500, least=5)
    assert statistics.bytes_sent > 1.2 * 65536
    assert statistics.bytes_received > 1.2 * 65536
    assert transport.suffered.total() >= 5


def test_no_faults_no_retransmissions(port):
    _, statistics = exchange(port, 1, {}, (), 100)
    assert statistics.retransmissions == statistics.repetitions == statistics.frames_damaged == 0
