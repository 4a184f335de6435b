"""Order and exact cycles of a program: the sequencer's behaviour in a few lines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import Descriptor, Operation
from lls_hw.contract.timing_array import FETCH_CYCLES, SETUP_CYCLES, forward_cycles, gradient_cycles
from lls_hw.contract.timing_local import local_cycles

__all__ = ["Span", "order", "run", "unit_cycles"]


@dataclass(frozen=True)
class Span:
    """When an operation occupies its unit: cycles since the start of the run."""

    descriptor: Descriptor
    start: int
    end: int


def unit_cycles(config: Config, d: Descriptor) -> int:
    """Cycles for which an operation occupies its unit."""
    if d.operation == Operation.LOCAL:
        cells = 2 * d.cell_bits
        return local_cycles(
            config,
            classifier=d.classifier,
            train=d.train,
            samples=d.samples,
            length=d.channels << cells,
            words=d.out_tiles << cells,
            classes=d.classes,
            modulation=d.modulation,
        )
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
        self.array_free = 0
        self.local_free = 0

    def earliest(self, d: Descriptor) -> int:
        """Cycle in which `d` would be issued next."""
        local = d.operation == Operation.LOCAL
        wait = self.ready
        if d.wait_array or not local:
            wait = max(wait, self.array_free)
        if d.wait_local or local:
            wait = max(wait, self.local_free)
        return wait

    def issue(self, d: Descriptor) -> Span:
        issued = self.earliest(d)
        if d.operation == Operation.LOCAL:
            start, self.ready = issued, issued + 1 + FETCH_CYCLES
            self.local_free = start + 1 + unit_cycles(self.config, d)
            return Span(d, start, self.local_free)
        start, self.ready = issued + SETUP_CYCLES, issued + SETUP_CYCLES + 1 + FETCH_CYCLES
        self.array_free = start + unit_cycles(self.config, d)
        return Span(d, start, self.array_free)


def run(config: Config, program: Iterable[Descriptor]) -> tuple[list[Span], int]:
    """Spans of all operations, and the value of the CYCLES counter after the run."""
    sequencer = _Sequencer(config)
    spans: list[Span] = []
    for d in program:
        if d.operation == Operation.END:
            return spans, sequencer.earliest(d)
        spans.append(sequencer.issue(d))
    raise ValueError("The program has no END descriptor.")


def order(
    config: Config,
    operations: list[Descriptor],
    needs: Callable[[Descriptor, Descriptor], bool],
) -> list[Descriptor]:
    """List scheduling: again and again the operation that can start first, local ones preferred.

    ``needs(a, b)`` tells whether a must wait until b has finished. Sets the wait flags: an
    operation waits for the other unit only if that unit may still work on something it needs.
    """
    sequencer = _Sequencer(config)
    waiting = list(operations)
    spans: list[Span] = []
    while waiting:
        done = [span.descriptor for span in spans]
        choices: list[tuple[int, bool, int, Descriptor, Descriptor]] = []
        for d in waiting:
            if any(needs(d, other) for other in waiting if other is not d):
                continue
            last: dict[bool, Descriptor] = {}
            for other in done:
                last[other.operation == Operation.LOCAL] = other
            flagged = replace(
                d,
                wait_array=False in last and needs(d, last[False]),
                wait_local=True in last and needs(d, last[True]),
            )
            local = d.operation == Operation.LOCAL
            choices.append((sequencer.earliest(flagged), not local, len(choices), d, flagged))
        _, _, _, chosen, flagged = min(choices, key=lambda choice: choice[:3])
        waiting.remove(chosen)
        spans.append(sequencer.issue(flagged))
    return [span.descriptor for span in spans]
