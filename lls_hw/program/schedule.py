"""Order and exact cycles of a program: the sequencer's behaviour in a few lines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import ArrayDescriptor, Descriptor, LocalDescriptor
from lls_hw.contract.timing_array import forward_cycles, gradient_cycles
from lls_hw.contract.timing_local import local_cycles
from lls_hw.contract.timing_sequencer import FETCH_CYCLES, issue_cycles
from lls_hw.contract.units import Operation, Unit

__all__ = ["Span", "order", "run", "unit_cycles", "wait_cycles"]


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
    assert isinstance(d, ArrayDescriptor)
    taps = d.kernel_height * d.kernel_width
    size = {"pixels": d.pixels, "in_tiles": d.in_tiles, "out_tiles": d.out_tiles}
    if d.operation == Operation.FORWARD:
        return forward_cycles(config, taps=taps, band=d.band, **size)
    return gradient_cycles(config, taps=taps, **size)


class _Sequencer:
    """Time at which each operation is issued; the gateware's `Sequencer` does the same."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ready = 1 + FETCH_CYCLES
        self.free = dict.fromkeys(Unit, 0)
        """When each unit is idle again."""

    def earliest(self, d: Descriptor) -> int:
        """Cycle in which `d` would be issued next."""
        own = {d.operation.unit} - {None}
        return max([self.ready, *(self.free[unit] for unit in Unit if unit in d.wait | own)])

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
    sequencer = _Sequencer(config)
    spans: list[Span] = []
    for d in program:
        if d.operation == Operation.END:
            return spans, sequencer.earliest(d)
        spans.append(sequencer.issue(d))
    raise ValueError("The program has no END descriptor.")


def wait_cycles(spans: Iterable[Span]) -> int:
    """Cycles in which an idle array waits for another unit: the WAIT_CYCLES counter."""
    cycles, ready, free = 0, 1 + FETCH_CYCLES, 0
    for span in spans:
        unit = span.descriptor.operation.unit
        assert unit is not None
        issued = span.start - issue_cycles(unit)
        if unit is Unit.ARRAY:
            cycles += issued - max(ready, free)
            free = span.end
        ready = span.start + 1 + FETCH_CYCLES
    return cycles


def order(
    config: Config,
    operations: list[Descriptor],
    needs: Callable[[Descriptor, Descriptor], bool],
    units: Iterable[Unit] = Unit,
) -> list[Descriptor]:
    """List scheduling: again and again the operation that can start first.

    ``needs(a, b)`` tells whether a must wait until b has finished. Sets the waits: an operation
    waits for a unit only if that unit may still work on something it needs. Of two that can
    start at once, the one of the later unit goes first.
    """
    sequencer = _Sequencer(config)
    waiting = list(operations)
    last: dict[Unit, Descriptor] = {}
    """The operation that each unit was given last."""
    ordered: list[Descriptor] = []
    while waiting:
        choices: list[tuple[int, int, int, Descriptor, Descriptor]] = []
        for d in waiting:
            if any(needs(d, other) for other in waiting if other is not d):
                continue
            wait = frozenset(unit for unit in units if unit in last and needs(d, last[unit]))
            flagged = replace(d, wait=wait)
            unit = d.operation.unit
            assert unit is not None
            choices.append((sequencer.earliest(flagged), -unit, len(choices), d, flagged))
        _, minus_unit, _, chosen, flagged = min(choices, key=lambda choice: choice[:3])
        waiting.remove(chosen)
        last[Unit(-minus_unit)] = flagged
        ordered.append(sequencer.issue(flagged).descriptor)
    return ordered
