"""Order of a program: list scheduling, with windows for weights that come from outside."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import ArrayDescriptor, Descriptor, MoveDescriptor
from lls_hw.contract.units import Operation, Unit
from lls_hw.program.allocator import Region
from lls_hw.program.placement import LEAST_WINDOWS
from lls_hw.program.schedule import Sequencer, unit_cycles

__all__ = ["Job", "order"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """An operation, with the moves that it needs if its weights live outside."""

    descriptor: Descriptor
    fill: MoveDescriptor | None = None
    write_back: MoveDescriptor | None = None


class _Choice(NamedTuple):
    """Something that could be issued next."""

    job: Job
    descriptor: Descriptor
    window: int | None


@dataclass
class _Window:
    """What a window holds, and what is still to happen there."""

    region: Region
    job: Job | None = None
    """Its weights are in the window, or on the way; None: another fill may be issued."""
    last: Descriptor | None = None
    """The last operation on it, which the next one needs."""


@dataclass
class _Scheduler:
    """The program so far."""

    sequencer: Sequencer
    needs: Callable[[Descriptor, Descriptor], bool]
    waiting: list[Job]
    windows: list[_Window]
    last: dict[Unit, Descriptor] = field(default_factory=dict)
    """What each unit was given last."""
    needed: dict[int, set[int]] = field(init=False)
    """Of each job that waits, by identity: the waiting jobs that it needs."""

    def __post_init__(self) -> None:
        self.needed = {
            id(job): {
                id(other)
                for other in self.waiting
                if other is not job and self.needs(job.descriptor, other.descriptor)
            }
            for job in self.waiting
        }

    def _at_work(self, *needed: Descriptor | None) -> frozenset[Unit]:
        """Units that may still work on one of these."""
        return frozenset(
            unit for unit, last in self.last.items() if any(last is other for other in needed)
        )

    def _needed(self, d: Descriptor) -> frozenset[Unit]:
        """Units that may still work on what `d` needs."""
        return frozenset(unit for unit, last in self.last.items() if self.needs(d, last))

    def _ready(self, job: Job, placed: bool) -> bool:
        """Nothing that it needs is waiting; with `placed`, but for what is in a window."""
        held = {id(window.job) for window in self.windows if window.job} if placed else set()
        return self.needed[id(job)] <= held

    def choices(self) -> Iterator[_Choice]:
        """All that could be issued next."""
        where = {id(w.job): k for k, w in enumerate(self.windows) if w.job}
        for job in self.waiting:
            window = where.get(id(job))
            if job.fill and window is None:
                if self._ready(job, placed=True):
                    yield from self._fills(job, job.fill)
            elif self._ready(job, placed=False):
                yield _Choice(job, self._run(job, window), window)
        for k, held in enumerate(self.windows):
            if held.job and held.job.write_back and held.job not in self.waiting:
                move = replace(held.job.write_back, weight_base=held.region.base)
                move = replace(move, wait=self._at_work(held.last))
                yield _Choice(held.job, move, k)

    def _fills(self, job: Job, fill: MoveDescriptor) -> Iterator[_Choice]:
        """A fill of each window that another may be moved to."""
        for k, window in enumerate(self.windows):
            if window.job is None:
                wait = self._at_work(window.last)
                moved = replace(fill, weight_base=window.region.base, wait=wait)
                yield _Choice(job, moved, k)

    def _run(self, job: Job, window: int | None) -> Descriptor:
        """The operation itself."""
        d = job.descriptor
        if window is None:
            return replace(d, wait=self._needed(d))
        held = self.windows[window]
        assert isinstance(d, ArrayDescriptor)
        wait = self._needed(d) | self._at_work(held.last)
        return replace(d, weight_base=held.region.base, wait=wait)

    def issue(self, choice: _Choice) -> Descriptor:
        """Issues one of them."""
        job, d, window = choice
        unit = d.operation.unit
        assert unit is not None
        self.last[unit] = self.sequencer.issue(d).descriptor
        if unit is not Unit.MOVER:
            self.waiting.remove(job)
            for needed in self.needed.values():
                needed.discard(id(job))
        if window is not None:
            held = self.windows[window]
            ends = d.operation == Operation.WRITE_BACK or (
                unit is Unit.ARRAY and job.write_back is None
            )
            held.job, held.last = None if ends else job, self.last[unit]
        return self.last[unit]

    def done(self) -> bool:
        """Nothing is left."""
        return not self.waiting and not any(window.job for window in self.windows)

    def _cycles(self, *operations: Descriptor | None) -> int:
        """Of a unit, for all of them."""
        return sum(unit_cycles(self.sequencer.config, d) for d in operations if d)

    def _heavy(self, job: Job) -> bool:
        """The array works on it for longer than its weights take to be moved."""
        return self._cycles(job.descriptor) > self._cycles(job.fill, job.write_back)

    def _wants_heavy(self, job: Job) -> bool:
        """The array would run dry while the mover fills another window for `job`."""
        ahead = [w.job for w in self.windows if w.job and w.job in self.waiting]
        idle = self.sequencer.free[Unit.ARRAY] + self._cycles(*(j.descriptor for j in ahead))
        start = max(self.sequencer.free[Unit.MOVER], self.sequencer.ready)
        one_left = len(self.windows) > LEAST_WINDOWS and sum(not w.job for w in self.windows) == 1
        return idle < start + self._cycles(job.fill) or (
            one_left and not any(self._heavy(j) for j in ahead)
        )

    def key(self, number: int, choice: _Choice) -> tuple[int, int, bool, bool, int]:
        """What is issued first has the smallest.

        The mover first moves what keeps the array busy for long, if the array would run dry, else
        what takes long to move; the array first works on what the mover waits for.
        """
        job, d, window = choice
        unit = d.operation.unit
        assert unit is not None
        odd = window is not None and self._heavy(job)
        if d.operation == Operation.FILL:
            odd = self._heavy(job) != self._wants_heavy(job)
        late = bool(self.windows) and job.descriptor.operation == Operation.GRADIENT
        return self.sequencer.earliest(d), -unit, odd, late, number


def order(
    config: Config,
    jobs: Iterable[Job],
    needs: Callable[[Descriptor, Descriptor], bool],
    windows: Iterable[Region] = (),
) -> list[Descriptor]:
    """List scheduling: again and again the operation that can start first.

    ``needs(a, b)`` tells whether a must wait until b has finished. Sets the waits: an operation
    waits for a unit only if that unit may still work on something it needs. Of two that can
    start at once, the one of the later unit goes first.

    A fill takes a window that nothing waits for, and is issued only for a job whose needs are all
    issued or in windows themselves: so every window that is held is given back.
    """
    places = [_Window(region) for region in windows]
    scheduler = _Scheduler(Sequencer(config), needs, list(jobs), places)
    ordered: list[Descriptor] = []
    while not scheduler.done():
        choices = enumerate(scheduler.choices())
        _, choice = min(choices, key=lambda numbered: scheduler.key(*numbered))
        ordered.append(scheduler.issue(choice))
    return ordered
