"""What is to be built: engines, clocks and seeds."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from lls_hw.bitstream.board import BoardBuild
from lls_hw.bitstream.options import parser
from lls_hw.contract.config import PRESETS, Config
from lls_hw.contract.engine import EngineFile
from lls_hw.errors import LlsError

__all__ = ["Named", "Point", "points"]


@dataclass(frozen=True)
class Named:
    """An engine, and what the command line calls it."""

    engine: EngineFile
    word: str
    """A preset or a file."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One build. It travels as JSON: a worker needs no file of it."""

    board: str
    variant: str
    engine: str
    """Name of the engine."""
    word: str
    """What a command line calls it."""
    config: Config
    frequency: float
    """Of the engine, MHz."""
    seed: int
    synthesis_only: bool

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Point":
        """The point that `as_dict` has described."""
        return cls(**{**data, "config": Config(**data["config"])})

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON values."""
        return asdict(self)

    @property
    def title(self) -> str:
        """In a few words."""
        return f"{self.engine}, {self.frequency:g} MHz, seed {self.seed}"

    @property
    def words(self) -> list[str]:
        """The options of `lls-hw build` that build this point."""
        option = "--preset" if self.word in PRESETS else "--engine"
        found = ["--board", self.board, "--variant", self.variant, option, self.word,
                 "--frequency", f"{self.frequency:g}", "--seed", str(self.seed)]  # fmt: skip
        return found + ["--synthesis-only"] * self.synthesis_only

    @property
    def command(self) -> str:
        """The command line that builds it alone."""
        return shlex.join(["python", "-m", "lls_hw.build", *self.words])

    def build(self, out: Path, console: Console) -> BoardBuild:
        """The build, checked; LlsError if there is none."""
        args = parser().parse_args([*self.words, "--out", str(out)])
        return BoardBuild(args, console, EngineFile(self.engine, self.config))


def points(
    board: str, variant: str, engines: Sequence[Named], frequencies: Sequence[float],
    seeds: Sequence[int], synthesis_only: bool,
) -> list[Point]:  # fmt: skip
    """All combinations, each checked as far as a build is before its first step.

    Builds of one engine and clock share their synthesis, so they are far apart: it is then in the
    cache. LlsError for a clock or an engine that the board cannot have.
    """
    names = [named.engine.name for named in engines]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise LlsError(f"Two engines are called {name!r}; name one file otherwise.")
    found = [
        Point(
            board=board, variant=variant, engine=named.engine.name, word=named.word,
            config=named.engine.config, frequency=frequency, seed=seed,
            synthesis_only=synthesis_only,
        )
        for seed in dict.fromkeys(seeds)
        for frequency in dict.fromkeys(frequencies)
        for named in engines
    ]  # fmt: skip
    for point in found[: len(set(frequencies)) * len(engines)]:
        point.build(Path(), Console(quiet=True))
    return found
