"""A board in use, by its address: simulated, real, or the golden model in its place."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeAlias, Union

from lls_hw.contract.config import Config
from lls_hw.contract.engine import load_engine
from lls_hw.driver.address import GOLDEN, SIMULATED, parse_address, with_engine
from lls_hw.driver.connection import Statistics
from lls_hw.driver.device import Device
from lls_hw.driver.errors import NoSuchDevice
from lls_hw.driver.trainer import Trainer
from lls_hw.driver.transport import Transport, check_address
from lls_hw.errors import LlsError
from lls_hw.network.network import Network
from lls_hw.session.flags import check_flags
from lls_hw.tools.packages import require

if TYPE_CHECKING:
    from lls_hw.golden.trainer import GoldenTrainer

__all__ = ["Board", "Engine", "engine_at"]

Engine: TypeAlias = Union[Trainer, "GoldenTrainer"]
"""What trains one network: the driver over a link, or the golden model."""
_CPU = "cpu"
"""Where the golden model computes if its address does not say."""


class User(Protocol):
    """Whoever has a network and its weights on a board."""

    def enter(self) -> None:
        """Brings network and weights onto the board."""

    def leave(self) -> None:
        """Takes the weights off the board."""


def engine_at(url: str, engine: str | Path | None = None) -> Config | None:
    """The engine of a board, if it is named or made for the session; None if only the board knows.

    ConfigError for an engine that does not exist, NoSuchDevice for an address that no board can
    have, LlsError for a golden model that cannot compute. Nothing is started.
    """
    url, config = with_engine(url, engine)
    parts = parse_address(url)
    if parts is None:
        check_address(url)
    elif parts.scheme == GOLDEN:
        _check_place(parts.place or _CPU, compile=False)
    return config


class Board:
    """A board: simulated, real, or the golden model in its place.

    It is a context manager and otherwise open until `close`. Several models may share a board: the
    weights of one are read back before another one takes its place.

    Parameters
    ----------
    url : `sim` or `sim:ENGINE` for a simulated board, `sim:ENGINE@3M` for one behind a serial line
        of 3 Mbaud, `golden`, `golden:ENGINE` or `golden@cuda` for the golden model,
        `usb` for the board on USB, `socket://HOST:PORT`, `uio:/dev/uio0` or `mem:0x43c00000` for a
        core on this computer's bus, or a serial port, of which `/dev/ttyUSB0@1M` names the baud
        rate. ENGINE is a preset or a file. Or a `Transport`, which is closed with the board.
    engine : a board of another engine is refused: a preset, an engine's TOML file, or the
        design.json of a build. By default the board says what it is.
    compile : let PyTorch compile the golden model's steps: about three times as fast, after about a
        minute for each learning rate. It needs a C++ compiler.
    """

    def __init__(
        self,
        url: str | Transport = SIMULATED,
        *,
        engine: str | Path | None = None,
        compile: bool = False,
    ) -> None:
        if not isinstance(url, str | Transport):
            raise NoSuchDevice(
                f"The board's address is {url!r}; give a text such as 'sim' or '/dev/ttyUSB0'."
            )
        check_flags(compile=compile)
        transport = None if isinstance(url, str) else url
        if isinstance(url, str):
            self.url, config = with_engine(url, engine)
        else:
            self.url, config = type(url).__name__, load_engine(engine) if engine else None
        parts = None if transport else parse_address(self.url)
        self.closed = False
        self._user: User | None = None
        self._golden = parts if parts and parts.scheme == GOLDEN else None
        self._compile = compile
        self.device: Device | None = None
        """The driver's view of a board; the golden model has none."""
        self.config = config
        """The engine; None for a golden model of no engine."""
        if self._golden:
            _check_place(self._golden.place or _CPU, compile)
        elif compile:
            raise LlsError(
                f"compile=True is for the golden model, but the board is {self.url}; leave it out."
            )
        else:
            self.device = _device(transport or self.url, self.url, config)
            self.config = self.device.config
        self.line = parts.line if parts else None
        """The serial line of a simulated board that has one."""
        self.simulated = self.device is not None and self.device.simulated
        """Whether it is a simulated board, here or behind a socket."""
        self.kind = (
            "golden model" if self._golden
            else "simulated board" if self.simulated
            else "board"
        )  # fmt: skip
        """What it is, in words."""

    def engine(self, network: Network, batch: int | None = None) -> Engine:
        """A network for training on this board; FitError if it does not fit."""
        if self.device:
            return Trainer(self.device, network, batch)
        from lls_hw.golden.trainer import GoldenTrainer

        assert self._golden
        place = self._golden.place or _CPU
        return GoldenTrainer(network, batch, self.config, place, self._compile)

    def passed(self) -> int:
        """Bytes that have passed over the link, both ways together."""
        statistics = self.device.statistics if self.device else Statistics()
        return statistics.bytes_sent + statistics.bytes_received

    def lend(self, user: User) -> None:
        """Gives the board to a user, once the one that had it has left."""
        if self.closed:
            raise LlsError(f"The board {self.url} is closed; open it again.")
        if self._user is user:
            return
        if self._user:
            self._user.leave()
        self._user = None
        user.enter()
        self._user = user

    def close(self) -> None:
        """Lets go of the board; a simulated one ends. Models on it can no longer be used."""
        self.closed, self._user = True, None
        if self.device:
            self.device.close()

    def __enter__(self) -> "Board":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Board({self.url!r})"


def _device(way: str | Transport, name: str, config: Config | None) -> Device:
    """The board at an address, or at the end of a transport, which is closed if there is none."""
    if isinstance(way, str):
        return Device.open(way, config)
    try:
        return Device(way, config, name=name)
    except BaseException:
        way.close()
        raise


def _check_place(place: str, compile: bool) -> None:
    """LlsError if PyTorch cannot compute there."""
    require("torch", "The golden model needs PyTorch")
    import torch

    kind, _, number = place.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise NoSuchDevice(
            f"The golden model cannot compute on {place!r}; write golden, golden@cuda or "
            "golden@cuda:1."
        )
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise NoSuchDevice(
            f"The golden model cannot compute on {place!r}, because PyTorch finds "
            f"{torch.cuda.device_count()} GPUs; golden computes on the CPU."
        )
    if compile and kind == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
        raise LlsError("compile=True needs a C++ compiler; install g++ or leave it out.")
