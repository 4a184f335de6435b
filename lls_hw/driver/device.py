"""Device: a board, simulated or real, as a Python object."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lls_hw.contract.bus import DATA_BITS
from lls_hw.contract.config import Config, ConfigError
from lls_hw.contract.description import WORDS as DESCRIPTION_WORDS
from lls_hw.contract.description import described
from lls_hw.contract.frames import read_command, write_command
from lls_hw.contract.registers import DESCRIPTION_START, DIGEST, MAGIC, Register, Space
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.driver.connection import Connection, Statistics
from lls_hw.driver.errors import DigestError, NotOurDevice, RangeError
from lls_hw.driver.line_rate import serial_address
from lls_hw.driver.rate_search import find_rate
from lls_hw.driver.serial_port import SerialTransport
from lls_hw.driver.transfers import run_transfer
from lls_hw.driver.transport import SimulatorTransport, Transport, open_transport

__all__ = ["Device", "Reply"]

_WRITE_BYTES = 4096
_PATIENCE = 120.0
_SIMULATED_PATIENCE = 3600.0
"""Seconds of a run; a simulated board is as slow as its computer is busy."""
_READ_ELEMENTS = 1024
"""Long transfers are cut: a new session waits for the end of the command in hand."""


class Reply:
    """Elements that were asked for and may not have arrived yet."""

    def __init__(self, device: "Device", space: Space, count: int) -> None:
        self._device = device
        self._type = space.dtype
        self.bytes = count * space.element_bytes
        self._data: bytes | None = b"" if count == 0 else None

    def done(self) -> bool:
        """Whether `result` would not have to wait."""
        self._device._collect()
        return self._data is not None

    def result(self) -> NDArray[Any]:
        """The elements; waits until they are here."""
        while self._data is None:
            self._device._collect_next()
        return np.frombuffer(self._data, self._type)

    def _fill(self, data: bytes) -> None:
        self._data = data


class Device:
    """A board with an engine.

    Commands are carried out in the order of the calls. Writes return as soon as they are on their
    way; an error of the link appears in the call that notices it.

    Parameters
    ----------
    transport : connection to the board.
    config : what the board must have been built from; by default it says so itself.
    name : of the board in messages.
    timeout : seconds without any answer after which the board is given up; also for saying what
        it is.
    patience : seconds the longest run may take; by default 120, of a simulated board an hour.
    """

    def __init__(
        self,
        transport: Transport,
        config: Config | None = None,
        *,
        name: str = "the board",
        timeout: float = 10.0,
        patience: float | None = None,
    ) -> None:
        self.name = name
        self._transport = transport
        if patience is None:
            patience = _SIMULATED_PATIENCE if transport.simulated else _PATIENCE
        self._link = Connection(transport, name, timeout=timeout, patience=min(timeout, patience))
        self._pending: deque[Reply] = deque()
        self._held: list[bytes] | None = None
        self._link.hello()
        self.config = self._identify(config)
        self._link.patience = patience

    @classmethod
    def open(
        cls,
        url: str,
        config: Config | None = None,
        *,
        timeout: float = 10.0,
        patience: float | None = None,
    ) -> "Device":
        """The board at `sim`, `sim:ENGINE`, `usb`, `uio:DEVICE`, `mem:ADDRESS`,
        `socket://HOST:PORT` or a serial port.

        The first two start a simulated board, which ends with the device. ENGINE is a preset or a
        file. A serial port without a rate is set to the first of `RATES` at which the board
        answers.
        """
        transport = open_transport(url)
        try:
            if type(transport) is SerialTransport and serial_address(url)[1] is None:
                find_rate(transport, url, timeout)
            return cls(transport, config, name=url, timeout=timeout, patience=patience)
        except BaseException:
            transport.close()
            raise

    def _identify(self, expected: Config | None) -> Config:
        """The configuration that the board describes."""
        magic, low, high = self._read(Space.CONTROL, Register.MAGIC, 3).result().tolist()
        if magic != MAGIC:
            raise NotOurDevice(
                f"{self.name} identifies itself as {magic:#010x} instead of {MAGIC:#010x}; "
                f"load one of our bitstreams."
            )
        digest = DIGEST.pack(low=low, high=high)
        config = self._described()
        if config is None or config.digest != digest:
            raise DigestError(
                f"{self.name} was built by another version of lls-hw: it carries configuration "
                f"digest {digest:#018x}, and what it says of itself is not that of this version; "
                "build and load its bitstream again with `python -m lls_hw.build`."
            )
        if expected is not None and config != expected:
            differences = [
                f"{name} is {getattr(config, name)} instead of {value}"
                for name, value in expected.as_dict().items()
                if value != getattr(config, name)
            ]
            raise DigestError(
                f"{self.name} is another engine than the one that was named: "
                f"{', '.join(differences)}; name none, or load the bitstream of that one."
            )
        return config

    def _described(self) -> Config | None:
        """The engine that the board says it is; None if none like it can be built."""
        words = self._read(Space.CONTROL, DESCRIPTION_START, DESCRIPTION_WORDS).result()
        try:
            return described(words.tolist())
        except ConfigError:
            return None

    @property
    def simulated(self) -> bool:
        """Whether it is known to be a simulated board."""
        return self._transport.simulated

    @property
    def baud(self) -> int | None:
        """Bits a second of its serial line; None of another way to it."""
        return self._transport.baud if isinstance(self._transport, SerialTransport) else None

    @property
    def refused(self) -> list[int]:
        """Rates that its serial port could not be set to."""
        return self._transport.refused if isinstance(self._transport, SerialTransport) else []

    @property
    def statistics(self) -> Statistics:
        """What has passed over the link."""
        return self._link.statistics

    def write(self, space: Space, address: int, elements: ArrayLike) -> None:
        """Store elements from element `address` of the space on."""
        if not space.writable:
            raise RangeError(f"{space.name} can only be read.")
        data = self._elements(space, elements)
        self._check_addresses(space, address, len(data))
        if space is Space.CONTROL:
            for register in Register:
                if address <= register < address + len(data) and "w" not in register.access:
                    raise RangeError(f"Register {register.name} can only be read.")
        step = _WRITE_BYTES // space.element_bytes
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            self._send(write_command(space, address + start, piece.tobytes()))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is asked for inside leaves at the end, in as few frames as hold it.

        No reply arrives before. If something goes wrong inside, nothing is asked for.
        """
        self._held, before = [], len(self._pending)
        try:
            yield
            commands = b"".join(self._held)
        except BaseException:
            while len(self._pending) > before:
                self._pending.pop()
            raise
        finally:
            self._held = None
        self._link.send(commands, sum(reply.bytes for reply in islice(self._pending, before, None)))

    def _send(self, command: bytes, replies: int = 0) -> None:
        """Sends a command that asks for so many bytes, or keeps it until others are there."""
        if self._held is None:
            self._link.send(command, replies)
        else:
            self._held.append(command)

    def read_async(self, space: Space, address: int, count: int) -> Reply:
        """Ask for elements; they are fetched when everything before has been carried out."""
        if not space.readable:
            raise RangeError(f"{space.name} can only be written.")
        self._check_addresses(space, address, count)
        return self._read(space, address, count)

    def read(self, space: Space, address: int, count: int) -> NDArray[Any]:
        """Elements from element `address` of the space on."""
        return self.read_async(space, address, count).result()

    def register(self, register: Register) -> int:
        """Value of a control register."""
        if "r" not in register.access:
            raise RangeError(f"Register {register.name} can only be written.")
        return int(self._read(Space.CONTROL, register, 1).result()[0])

    def clock(self) -> int:
        """Cycles of the board so far, modulo 2**32, once everything before has been carried out."""
        read = self.register(Register.CLOCK)
        counted = self.counted()
        return read if counted is None else counted % (1 << DATA_BITS)

    def counted(self) -> int | None:
        """Cycles of a simulated board behind a line, which its register CLOCK does not see."""
        transport = self._transport
        return transport.counted() if isinstance(transport, SimulatorTransport) else None

    def run(self, buffer: int, start: int = 0) -> None:
        """Run the program from descriptor `start` on input buffer 0 or 1, once the engine is idle.

        The call does not wait for the end; reading RESULT or CYCLES after it does.
        """
        if not 0 <= buffer < INPUT_BUFFERS:
            raise RangeError(f"There is no input buffer {buffer}; choose 0..{INPUT_BUFFERS - 1}.")
        if not 0 <= start < self.config.program_depth:
            raise RangeError(
                f"There is no descriptor {start}; the program has {self.config.program_depth}."
            )
        self.write(*run_transfer(buffer, start))

    def flush(self) -> None:
        """Wait until all commands have been carried out; a run may still be under way."""
        self._read(Space.CONTROL, Register.MAGIC, 1).result()

    def close(self) -> None:
        """Let go of the board."""
        self._link.close()

    def __enter__(self) -> "Device":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, space: Space, address: int, count: int) -> Reply:
        reply = Reply(self, space, count)
        commands = [
            read_command(space, address + start, min(_READ_ELEMENTS, count - start))
            for start in range(0, count, _READ_ELEMENTS)
        ]
        if count:  # all at once: Ctrl-C between two would leave a reply that nobody sends
            self._pending.append(reply)
            self._send(b"".join(commands), reply.bytes)
        return reply

    def _collect(self) -> None:
        """Hand out the replies that have arrived."""
        while self._pending and self._link.available() >= self._pending[0].bytes:
            self._collect_next()

    def _collect_next(self) -> None:
        """Wait for the oldest reply."""
        reply = self._pending[0]
        reply._fill(self._link.receive(reply.bytes))
        self._pending.popleft()

    @staticmethod
    def _elements(space: Space, elements: ArrayLike) -> NDArray[Any]:
        """The elements in the space's type; RangeError when one does not fit."""
        data = np.asarray(elements).reshape(-1)
        if data.dtype.kind not in "iu":
            if data.size:
                raise RangeError(f"{space.name} takes integers, not {data.dtype}.")
            data = data.astype(np.int64)
        limits = np.iinfo(space.dtype)
        if data.size and not np.can_cast(data.dtype, space.dtype):
            low, high = int(data.min()), int(data.max())
            if low < limits.min or high > limits.max:
                worst = low if low < limits.min else high
                raise RangeError(
                    f"{space.name} takes {limits.min}..{limits.max}; there is a {worst}."
                )
        return data.astype(space.dtype, copy=False)

    def _check_addresses(self, space: Space, address: int, count: int) -> None:
        size = space.capacity(self.config)
        if size == 0:
            raise RangeError(
                f"{self.name} was built without {space.name}; use a configuration that has it."
            )
        if count < 0 or address < 0 or address + count > size:
            raise RangeError(
                f"{space.name} has elements 0..{size - 1}; {count} from {address} on do not fit."
            )
