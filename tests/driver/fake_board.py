"""A board without an engine: memories that remember what was written."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np

from lls_hw.contract.config import Config
from lls_hw.contract.registers import RESULT, Register, Space
from lls_hw.driver.device import Device

__all__ = ["FakeBoard"]


class FakeBoard(Device):
    """Carries out commands at once, in the ranges that a device checks.

    A run answers with the labels of its buffer as predictions and the number of the run as
    probabilities.

    Members
    -------
    commands : space, first element and elements of each write.
    inputs : what ACT and IMAGE hold, by first element of ACT or IMAGE_PLACE of IMAGE.
    runs : buffer, first descriptor and inputs of each run.
    """

    def __init__(self, config: Config) -> None:
        self.config, self.name = config, "the fake board"
        self._transport = SimpleNamespace(simulated=True)
        self.memory = {space: np.zeros(space.capacity(config), space.dtype) for space in Space}
        self.commands: list[tuple[Space, int, np.ndarray]] = []
        self.inputs: dict[int, np.ndarray] = {}
        self.runs: list[tuple[int, int, dict[int, np.ndarray]]] = []

    def write(self, space, address, elements):
        elements = self._elements(space, elements)
        self._check_addresses(space, address, len(elements))
        self.memory[space][address : address + len(elements)] = elements
        self.commands.append((space, address, elements))
        if space is Space.ACT:
            self.inputs[address] = elements
        elif space is Space.IMAGE:
            self.inputs[int(self.memory[Space.CONTROL][Register.IMAGE_PLACE])] = elements

    def together(self):
        return nullcontext()

    def read_async(self, space, address, count):
        self._check_addresses(space, address, count)
        answer = self.memory[space][address : address + count].copy()
        return SimpleNamespace(result=lambda: answer)

    def read(self, space, address, count):
        return self.read_async(space, address, count).result()

    def register(self, register):
        return int(self.memory[Space.CONTROL][register])

    def run(self, buffer, start=0):
        self.runs.append((buffer, start, dict(self.inputs)))
        base = buffer * self.config.max_batch
        for sample in range(base, base + self.config.max_batch):
            label = int(self.memory[Space.LABEL][sample])
            answer = RESULT.pack(prediction=label, probability=len(self.runs))
            self.memory[Space.RESULT][sample] = answer
