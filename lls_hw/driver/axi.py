"""The core on a processor's bus: bytes through its registers."""

import time
from typing import Protocol

import numpy as np

from lls_hw.contract.axi import AXI_MAGIC, INTERRUPT, STATUS, WORD_BYTES, AxiRegister
from lls_hw.driver.errors import NotOurDevice

__all__ = ["AxiTransport", "Registers"]


class Registers(Protocol):
    """The way to the registers, `AxiRegister`: aligned accesses of 32 bits, in their order."""

    def read(self, offset: int) -> int:
        """The word at so many bytes."""

    def write(self, offset: int, value: int) -> None:
        """Store a word there."""

    def wait(self, seconds: float) -> None:
        """Return when the interrupt line is high, after `seconds` at the latest; may be earlier."""

    def close(self) -> None:
        """Close the way."""


class AxiTransport:
    """Carries the bytes of the link, four an access.

    Parameters
    ----------
    registers : of the core; closed with the transport. NotOurDevice if they are another's.
    name : of the board, for messages.
    simulated : whether it is known to be a simulated one.
    """

    def __init__(self, registers: Registers, name: str, *, simulated: bool = False) -> None:
        self.simulated = simulated
        self._registers = registers
        magic = registers.read(AxiRegister.MAGIC)
        if magic != AXI_MAGIC:
            raise NotOurDevice(
                f"The registers at {name} begin with {magic:#010x} instead of {AXI_MAGIC:#010x}; "
                "check the address and that the bitstream with our core is loaded."
            )
        registers.write(AxiRegister.INTERRUPT, INTERRUPT.pack(waiting=1))

    def send(self, data: bytes) -> None:
        whole = len(data) // WORD_BYTES * WORD_BYTES
        for word in np.frombuffer(data[:whole], "<u4").tolist():
            self._registers.write(AxiRegister.WORD, word)
        for byte in data[whole:]:
            self._registers.write(AxiRegister.BYTE, byte)

    def receive(self, wait: float) -> bytes:
        end = time.monotonic() + wait
        while not (waiting := self._waiting()):
            left = end - time.monotonic()
            if left <= 0:
                return b""
            self._registers.wait(left)
        words = [self._registers.read(AxiRegister.WORD) for _ in range(waiting // WORD_BYTES)]
        rest = [self._registers.read(AxiRegister.BYTE) for _ in range(waiting % WORD_BYTES)]
        return np.array(words, "<u4").tobytes() + bytes(rest)

    def _waiting(self) -> int:
        """Bytes that wait."""
        return int(STATUS.unpack(self._registers.read(AxiRegister.STATUS))["waiting"])

    def close(self) -> None:
        self._registers.write(AxiRegister.INTERRUPT, INTERRUPT.pack(waiting=0))
        self._registers.close()
