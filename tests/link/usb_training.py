"""Training of `digits` over USB down to the wires, beside the golden model."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from golden.recorded import Recorded, recorded
from lls_hw.driver.connection import Statistics
from lls_hw.driver.device import Device
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.verify import Verifier
from tests.link.usb_board import ENGINE_MODE, PRESET
from tests.link.usb_disturbances import Disturbances
from tests.link.usb_host import Host, plugged
from tests.link.usb_transport import HostTransport, board_time

__all__ = ["HURRY", "Compared", "Survived", "disturbed", "engine_board"]

_OFTEN = 0.08
HURRY = 200
"""The driver asks a silent board after 0.2 s, here after a frame of the bus."""
_MHZ = (12.5, 20.0, 60.0)
_PPM = 2500
_MOST_ROUNDS = 100


class Survived(NamedTuple):
    """What a training on a disturbed bus went through before it ended with the right weights."""

    suffered: dict[str, int]
    """Disturbances by their names."""
    bits: int
    """Bit times of the bus."""
    steps: int
    link: Statistics


class Compared:
    """A trainer on a board beside the golden model; all results and weights are compared."""

    def __init__(self, device: Device, case: Recorded) -> None:
        self._case = case
        self.trainer = Trainer(device, case.network, case.batch)
        self.trainer.load(case.state)
        self._golden = Verifier(case.network, case.batch, case.state)

    def train(self, times: int = 1) -> int:
        """All batches so many times, in one go; returns the steps. AssertionError where a result
        is another."""
        batches = self._case.batches * times
        for batch, result in zip(batches, self.trainer.train(batches), strict=True):
            self._golden.step(*batch, result)
        assert self._golden.failed is None, self._golden.failed
        return len(batches)

    def check(self) -> None:
        """Mismatch if weights on the board are others."""
        self._golden.check_weights(self.trainer.save())


@contextmanager
def engine_board(program: Path, mhz: float = 60, ppm: float = 0) -> Iterator[Host]:
    """A host that has found a board with an engine."""
    with plugged(program, mhz, ppm) as host:
        host.enumerate()
        host.bus.mode(ENGINE_MODE)
        host.line_coding(9_600)
        yield host
        _, shown, conflicts = host.bus.state()
        assert shown and not conflicts, "the board does not show itself, or drove beside the host"


def disturbed(program: Path, seed: int, count: int) -> Survived:
    """Trains until the bus has been disturbed so often, and at least once.

    Mismatch or AssertionError if anything is not the golden model's, LlsError if the driver gives
    up, NoAnswer if the board does not follow the rules of the bus.
    """
    random_, case, steps = random.Random(seed), recorded(PRESET), 0
    with engine_board(program, random_.choice(_MHZ), random_.uniform(-_PPM, _PPM)) as host:
        disturbances = Disturbances(host, seed, _OFTEN, count)
        transport = HostTransport(host, disturbances, HURRY)
        with board_time(transport, seed):
            device = Device(transport, name="the board on USB")
            compared = Compared(device, case)
            for _ in range(_MOST_ROUNDS):
                steps += compared.train()
                compared.check()
                if disturbances.over:
                    return Survived(disturbances.suffered, host.bus.bits, steps, device.statistics)
    raise AssertionError(f"only {disturbances.suffered.total()} disturbances in {steps} steps")
