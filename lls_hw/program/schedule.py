"""Cycles of a program, exact but for the mover's: the sequencer's behaviour in a few lines."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import (
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
    MoveDescriptor,
)
from lls_hw.contract.timing_array import (
    KEY_CYCLES,
    MIN_PERIOD,
    START_CYCLES,
    flush_cycles,
    forward_cycles,
    gradient_cycles,
)
from lls_hw.contract.timing_local import local_cycles
from lls_hw.contract.timing_mover import (
    fill_pace,
    move_cycles,
    move_latency,
    write_back_pace,
)
from lls_hw.contract.timing_sequencer import FETCH_CYCLES, issue_cycles
from lls_hw.contract.units import Operation, Unit

__all__ = [
    "Sequencer",
    "SharedMemory",
    "Span",
    "memory_wait_cycles",
    "run",
    "unit_cycles",
    "wait_cycles",
]


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
        return max([self.ready, *(self.idle_at(unit) for unit in self._units(d))])

    def idle_at(self, unit: Unit) -> int:
        """When a unit is idle again."""
        return self.free[unit]

    def starved(self, d: Descriptor) -> int:
        """Cycles in which `d` would wait for the mover alone, while the array is idle."""
        others = {Unit.ARRAY} | self._units(d) - {Unit.MOVER}
        alone = max([self.ready, *(self.idle_at(unit) for unit in others)])
        return max(self.earliest(d) - alone, 0)

    @staticmethod
    def _units(d: Descriptor) -> frozenset[Unit]:
        """Units that must be idle."""
        return d.wait if d.operation.unit is None else d.wait | {d.operation.unit}

    def settled(self, span: Span) -> Span:
        """The span of an operation beside all that has been issued."""
        return span

    def issue(self, d: Descriptor) -> Span:
        """Issues `d` as soon as its units allow."""
        unit = d.operation.unit
        assert unit is not None
        start = self.earliest(d) + issue_cycles(unit)
        self.ready = start + 1 + FETCH_CYCLES
        self.free[unit] = start + unit_cycles(self.config, d)
        return Span(d, start, self.free[unit])


class SharedMemory(Sequencer):
    """The same, but the array has the weight memory first, and moves go on at the pace it leaves.

    That tells waits within a few per cent, where `Sequencer` may be 15 % off. The order of a
    program depends on the simpler one.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._array: list[Span] = []
        self._move: Span | None = None

    def issue(self, d: Descriptor) -> Span:
        """Issues `d`; the end of a move is known when later operations are."""
        span = super().issue(d)
        if d.operation.unit is Unit.ARRAY:
            self._array.append(span)
        if d.operation.unit is Unit.MOVER:
            self._move = span
        return span

    def idle_at(self, unit: Unit) -> int:
        """When a unit is idle again, as far as issued operations tell."""
        if unit is Unit.MOVER and self._move:
            return self.settled(self._move).end
        return self.free[unit]

    def settled(self, span: Span) -> Span:
        """The span of an operation beside all that has been issued."""
        d = span.descriptor
        if not isinstance(d, MoveDescriptor):
            return span
        write_back = d.operation == Operation.WRITE_BACK
        now: float = (
            span.start + 1 + move_latency(self.config.external_depth, write_back=write_back)
        )
        left: float = d.count
        alone = d.count / (span.end - now)
        for other in self._array:
            begin, end = _visits(self.config, other)
            if end <= now:
                continue
            before = max(begin - now, 0)
            if left <= before * alone:
                break
            left, now = left - before * alone, now + before
            pace = _pace(self.config, other.descriptor, write_back)
            if left <= (end - now) * pace:
                return replace(span, end=ceil(now + left / pace))
            left, now = left - (end - now) * pace, float(end)
        return replace(span, end=ceil(now + left / alone))


def _visits(config: Config, span: Span) -> tuple[int, int]:
    """From the first tile of an array operation to its last."""
    gradient = span.descriptor.operation == Operation.GRADIENT
    return span.start + (KEY_CYCLES if gradient else START_CYCLES), span.end - flush_cycles(config)


def _pace(config: Config, d: Descriptor, write_back: bool) -> float:
    """Elements a cycle that an array operation lets pass."""
    assert isinstance(d, ArrayDescriptor)
    gradient = d.operation == Operation.GRADIENT
    depth, rows, cols = config.external_depth, config.rows, config.cols
    beats = max(d.pixels, 2 * rows, MIN_PERIOD) if gradient else max(d.band, rows, MIN_PERIOD)
    if write_back:
        return write_back_pace(depth, rows, cols, beats, gradient=gradient)
    return fill_pace(depth, rows, beats, gradient=gradient)


def run(sequencer: Sequencer, program: Iterable[Descriptor]) -> tuple[list[Span], int]:
    """Spans of all operations, and the CYCLES counter after them, of a new sequencer."""
    spans: list[Span] = []
    for d in program:
        if d.operation == Operation.END:
            return [sequencer.settled(span) for span in spans], sequencer.earliest(d)
        spans.append(sequencer.issue(d))
    raise ValueError("The program has no END descriptor.")


def memory_wait_cycles(sequencer: Sequencer, program: Iterable[Descriptor]) -> int:
    """Cycles in which an idle array waits for the mover alone: MEMORY_WAIT_CYCLES.

    Those of a new sequencer.
    """
    cycles = 0
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
