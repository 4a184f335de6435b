"""A transport that loses, changes, cuts and repeats what it carries."""

import random
from collections import Counter

__all__ = ["FAULTS", "FaultyTransport"]

FAULTS = ("drop", "corrupt", "truncate", "repeat", "insert")


class FaultyTransport:
    """Wraps a transport; each piece sent or received suffers each fault with some probability.

    `faults` maps a fault to its probability; `suffered` counts by (direction, fault). A piece
    that is sent is a frame; a piece received is whatever had arrived.
    """

    def __init__(self, inner, seed: int, faults: dict[str, float], directions=("out", "in")):
        self._inner, self._random = inner, random.Random(seed)
        self._faults, self._directions = faults, directions
        self.suffered: Counter = Counter()

    def send(self, data: bytes) -> None:
        self._inner.send(self._damage(data, "out"))

    def receive(self, wait: float) -> bytes:
        return self._damage(self._inner.receive(wait), "in")

    def close(self) -> None:
        self._inner.close()

    def _damage(self, data: bytes, direction: str) -> bytes:
        if not data or direction not in self._directions:
            return data
        for fault, probability in self._faults.items():
            if self._random.random() < probability:
                self.suffered[direction, fault] += 1
                data = getattr(self, f"_{fault}")(data)
        return data

    def _drop(self, data: bytes) -> bytes:
        return b""

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._random.randrange(len(data) + 1)]

    def _repeat(self, data: bytes) -> bytes:
        return data + data

    def _corrupt(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._random.randrange(1, 5)):
            if changed:
                changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _insert(self, data: bytes) -> bytes:
        at = self._random.randrange(len(data) + 1)
        return data[:at] + self._random.randbytes(self._random.randrange(1, 40)) + data[at:]
