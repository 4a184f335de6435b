"""Cycles of a program, exact but for the mover's: the sequencer's behaviour in a few lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import (
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
    MoveDescriptor,
)
from lls_hw.contract.timing_array import forward_cycles, gradient_cycles
from lls_hw.contract.timing_local import local_cycles
from lls_hw.contract.timing_mover import move_cycles
from lls_hw.contract.timing_sequencer import FETCH_CYCLES, issue_cycles
from lls_hw.contract.units import Operation, Unit

__all__ = ["Sequencer", "Span", "memory_wait_cycles", "run", "unit_cycles", "wait_cycles"]


@dataclass(frozen=True)
class Span:
    """When an operation occupies its unit: cycles since the start of the run."""

    descriptor: Descriptor
    start: int
    end: int


def unit_cycles(config: Config, d: Descriptor) -> int:
    """Cycles for which an operation occupies its unit."""
    if isinstance(d, LocalDescriptor):
        return 1 + local_cycles(
            config,
            classifier=d.classifier,
            train=d.train,
            samples=d.samples,
            length=d.length,
            words=d.words,
            classes=d.classes,
            modulation=d.modulation,
        )
    if isinstance(d, MoveDescriptor):
        write_back = d.operation == Operation.WRITE_BACK
        return 1 + move_cycles(config.external_depth, d.count, write_back=write_back)
    assert isinstance(d, ArrayDescriptor)
    taps = d.kernel_height * d.kernel_width
    size = {"pixels": d.pixels, "in_tiles": d.in_tiles, "out_tiles": d.out_tiles}
    if d.operation == Operation.FORWARD:
        return forward_cycles(config, taps=taps, band=d.band, **size)
    return gradient_cycles(config, taps=taps, **size)


class Sequencer:
    """Time at which each operation is issued; the gateware's `Sequencer` does the same."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ready = 1 + FETCH_CYCLES
        self.free = dict.fromkeys(Unit, 0)
        """When each unit is idle again."""

    def earliest(self, d: Descriptor) -> int:
        """Cycle in which `d` would be issued next."""
        return max([self.ready, *(self.free[unit] for unit in self._units(d))])

    def starved(self, d: Descriptor) -> int:
        """Cycles in which `d` would wait for the mover alone, while the array is idle."""
        others = {Unit.ARRAY} | self._units(d) - {Unit.MOVER}
        alone = max([self.ready, *(self.free[unit] for unit in others)])
        return max(self.earliest(d) - alone, 0)

    @staticmethod
    def _units(d: Descriptor) -> frozenset[Unit]:
        """Units that must be idle."""
        return d.wait if d.operation.unit is None else d.wait | {d.operation.unit}

    def issue(self, d: Descriptor) -> Span:
        """Issues `d` as soon as its units allow."""
        unit = d.operation.unit
        assert unit is not None
        start = self.earliest(d) + issue_cycles(unit)
        self.ready = start + 1 + FETCH_CYCLES
        self.free[unit] = start + unit_cycles(self.config, d)
        return Span(d, start, self.free[unit])


def run(config: Config, program: Iterable[Descriptor]) -> tuple[list[Span], int]:
    """Spans of all operations, and the value of the CYCLES counter after the run."""
    sequencer = Sequencer(config)
    spans: list[Span] = []
    for d in program:
        if d.operation == Operation.END:
            return spans, sequencer.earliest(d)
        spans.append(sequencer.issue(d))
    raise ValueError("The program has no END descriptor.")


def memory_wait_cycles(config: Config, program: Iterable[Descriptor]) -> int:
    """Cycles in which an idle array waits for the mover alone: MEMORY_WAIT_CYCLES."""
    sequencer, cycles = Sequencer(config), 0
    for d in program:
        cycles += sequencer.starved(d)
        if d.operation == Operation.END:
            break
        sequencer.issue(d)
    return cycles


def wait_cycles(spans: Iterable[Span]) -> int:
    """Cycles in which an idle array waits for the local update unit alone: WAIT_CYCLES."""
    cycles, ready, free = 0, 1 + FETCH_CYCLES, dict.fromkeys(Unit, 0)
    for span in spans:
        d, unit = span.descriptor, span.descriptor.operation.unit
        assert unit is not None
        if unit is Unit.ARRAY:
            until = free[Unit.LOCAL] if Unit.LOCAL in d.wait else 0
            others = {unit} | d.wait - {Unit.LOCAL}
            cycles += max(until - max([ready, *(free[other] for other in others)]), 0)
        free[unit] = span.end
        ready = span.start + 1 + FETCH_CYCLES
    return cycles
