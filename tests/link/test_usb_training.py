"""Training over USB down to the wires: as fast as the bus, and right whatever happens on it."""

import pytest

from golden.recorded import recorded
from lls_hw.contract.usb import FRAME_RATE
from lls_hw.driver.device import Device
from tests.link.usb_board import PRESET, usb_program
from tests.link.usb_host import FRAME_BITS
from tests.link.usb_training import Compared, disturbed, engine_board
from tests.link.usb_transport import HostTransport, board_time


class Rate:
    """Bytes a second each way since it was made, in frames of the bus's time."""

    def __init__(self, host, device):
        self._host, self._link, self._before = host, device.statistics, None
        self._before = self._now()

    def _now(self):
        return self._link.bytes_sent, self._link.bytes_received, self._host.bus.bits / FRAME_BITS

    def __call__(self) -> tuple[float, float]:
        """To the board and back."""
        sent, got, frames = (b - a for a, b in zip(self._before, self._now(), strict=True))
        return sent / frames * FRAME_RATE, got / frames * FRAME_RATE


def test_training_fills_the_bus():
    """What the board needs and what it answers share the bus's 1.216 MB/s."""
    with engine_board(usb_program()) as host, board_time(transport := HostTransport(host), 1):
        device = Device(transport)
        rate = Rate(host, device)
        compared = Compared(device, recorded(PRESET))
        to_board, _ = rate()
        assert to_board > 1.0e6, "loading"
        rate = Rate(host, device)
        compared.train(10)
        to_board, back = rate()
        assert to_board > 1.0e6 and back > 0.1e6, "training"
        rate = Rate(host, device)
        compared.check()
        _, back = rate()
        assert back > 1.0e6, "reading weights"
        assert not device.statistics.retransmissions and not device.statistics.repetitions


@pytest.mark.parametrize("seed", [0])
def test_training_survives_disturbances(seed):
    """`bench/usb_disturbances.py` goes through more seeds; those that showed a fault stay here."""
    assert sum(disturbed(usb_program(), seed, 12).suffered.values()) == 12
