"""Engines that may fit a device, with the speeds of the networks on them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from lls_hw.bitstream.estimate import FAMILIES, block_rams
from lls_hw.contract.config import IMAGE_BANKS, Config, ConfigError
from lls_hw.contract.descriptor import WORDS
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.fit.needs import Job, Shape, sized
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program, compile_network
from lls_hw.program.fit import FitError
from lls_hw.program.speed import Speed, speed

__all__ = ["Candidate", "Target", "arrays", "best_of", "title"]

_SIDES = (2, 4, 8, 16, 32)
_LANES = (16, 4)
"""With fewer, the local update unit is smaller and slower."""
_ROUGH = 1.15
_SCALE = {"xilinx": 0.65, "ice40": 0.9}
"""LUTs of a family for each of an ECP5."""
_WINDOWS = tuple(1 << k for k in range(10, 17))
"""Words for weights on the chip, where layers live outside."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an engine is sized for."""

    family: str
    """Of the device, as in `bitstream.estimate`."""
    capacity: dict[str, int]
    """Cells that an engine may take, of each kind."""
    logic: int
    """LUTs, or logic cells, that it may take."""
    frequency: float
    """MHz."""
    baud: int
    external: int = 0
    """Elements of the board's SDRAM; 0 if it has none."""
    networks: tuple[Network, ...]
    batch: int | None = None
    """Samples of a step; by default the network's, or less where that does not fit."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An engine, and what it does with each network."""

    shape: Shape
    config: Config
    blocks: int
    """Block RAMs of its large memories, roughly."""
    programs: tuple[Program, ...]
    speeds: tuple[Speed, ...]

    @property
    def rates(self) -> list[float]:
        """Training samples a second of each network: what engine and line let through."""
        return [rate.best for rate in self.speeds]

    @cached_property
    def score(self) -> tuple[float, float]:
        """Geometric means of the rates, and of what the engine alone does: the better is larger.

        Rates within one percent count as equal.
        """
        together = _mean(self.rates)
        return round(together, 2), _mean([rate.engine for rate in self.speeds])


def _mean(rates: Sequence[float]) -> float:
    """Mean of the logarithms."""
    return sum(map(math.log, rates)) / len(rates)


def arrays(target: Target) -> list[Shape]:
    """Arrays that the device has multipliers and, roughly, logic for; the smallest in any case."""
    outside = {0, target.external}
    shapes = [Shape(*sizes) for sizes in product(_SIDES, _SIDES, _LANES, sorted(outside))]
    able = [
        shape for shape in shapes
        if shape.rows * shape.cols <= target.capacity["DSP"]
        and rough_logic(shape, target.family) <= _ROUGH * target.logic
    ]  # fmt: skip
    return able or [min(shapes, key=lambda shape: rough_logic(shape, target.family))]


def rough_logic(shape: Shape, family: str) -> float:
    """LUTs of an engine with maps, within a tenth or so: enough to leave out hopeless ones.

    From the measured engines in bench/results/estimate.md.
    """
    columns = shape.cols * (1400 + 110 * shape.rows)
    luts = 9900 + 200 * shape.lanes + columns + 1300 * (shape.external > 0)
    return _SCALE.get(family, 1.0) * luts


def best_of(target: Target, array: Shape, blocks: int) -> tuple[Candidate | None, list[Candidate]]:
    """The fastest engine of an array whose large memories take at most so many block RAMs, or None.

    Also those that take more. Of the depths for weights on the chip it tries less and less, of the
    batches halves. FitError if no depth would help.
    """
    depths = [None, *sorted(_WINDOWS, reverse=True)] if array.external else [None]
    found: list[Candidate] = []
    large: list[Candidate] = []
    refused: list[FitError] = []
    for depth in depths:
        one = _first(target, replace(array, weight_depth=depth), blocks, large, refused)
        if one:
            found.append(one)
        if one and depth is None:
            break  # with layers outside it would be no faster
    if refused and not found and not large:
        raise refused[0]
    return max(found, key=lambda one: one.score, default=None), large


def _first(
    target: Target, shape: Shape, blocks: int, large: list[Candidate], refused: list[FitError]
) -> Candidate | None:
    """The engine of a shape with the largest batch whose memories fit; others join `large`."""
    for jobs in _batches(target):
        try:
            config = sized(jobs, shape)
            programs = tuple(compile_network(job.network, config, job.batch) for job in jobs)
        except FitError as error:
            refused.append(error)
            continue
        except ConfigError:  # no engine has this array with the options asked for
            return None
        one = Candidate(
            shape=shape,
            config=config,
            blocks=memory_blocks(config, target.family),
            programs=programs,
            speeds=tuple(speed(p, target.frequency, target.baud) for p in programs),
        )
        if one.blocks <= blocks:
            return one
        large.append(one)
    return None


def _batches(target: Target) -> Iterator[list[Job]]:
    """The networks with their batches, and with halves of them unless one is asked for."""
    jobs = [Job(net, target.batch or net.training.batch) for net in target.networks]
    yield jobs
    while target.batch is None and any(job.batch > 1 for job in jobs):
        jobs = [replace(job, batch=max(1, job.batch // 2)) for job in jobs]
        yield jobs


def memory_blocks(config: Config, family: str) -> int:
    """Block RAMs of an engine's memories, but for a few small ones."""
    shapes = (
        (config.weight_bits, config.weight_depth, config.cols),
        (8 * config.act_word, config.act_depth, 1),
        (8 * config.image_channels, config.image_depth, IMAGE_BANKS * config.maps),
        (36, config.acc_depth, config.cols),
        (LATENT_BITS, config.latent_depth, 2 * config.cols),
        (config.cols, config.sign_depth, 1),
        (config.lanes * config.basis_bits, config.basis_depth, 1),
        (8, config.link_depth, 1),
        (8, config.link_depth // 2, 1),
        (32, WORDS * config.program_depth, 1),
    )
    rams = FAMILIES[family]
    return sum(count * block_rams(width, depth, rams) for width, depth, count in shapes)


def title(one: Candidate) -> str:
    """An engine in a few words."""
    shape, batches = one.shape, sorted({program.batch for program in one.programs})
    words = f"{shape.rows} x {shape.cols}, {shape.lanes} lanes"
    words += f", batch {' and '.join(map(str, batches))}"
    if any(layer.outside for program in one.programs for layer in program.layers):
        words += f", {one.config.weight_depth:,} words of weights on the chip"
    elif shape.external:
        words += ", samples in the SDRAM"
    return words
