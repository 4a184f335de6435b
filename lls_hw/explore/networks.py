"""Networks on the engines: batches, and samples a second."""

from collections.abc import Sequence
from dataclasses import dataclass

from lls_hw.bitstream.board import BoardBuild
from lls_hw.contract.config import Config
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program, compile_network
from lls_hw.program.fit import largest_batch
from lls_hw.program.speed import speed

__all__ = ["Jobs", "programs", "rates"]


@dataclass(frozen=True)
class Jobs:
    """The networks that an engine is to train."""

    networks: Sequence[Network]
    batch: int | None = None
    """Samples of a step; by default the network's own, or the most below that fit."""


def programs(jobs: Jobs, config: Config) -> list[Program]:
    """The networks compiled for an engine. FitError if one does not fit."""
    found = []
    for network in jobs.networks:
        wanted = jobs.batch or network.training.batch
        fitting = wanted if jobs.batch else largest_batch(network, config, wanted)
        found.append(compile_network(network, config, fitting or wanted))
    return found


def rates(found: Sequence[Program], build: BoardBuild) -> tuple[float, ...]:
    """Training samples a second of each program on a build, at its clock and over its line."""
    return tuple(speed(program, build.frequency, build.baud).best for program in found)
