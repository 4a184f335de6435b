"""One exploration: what is known is taken from its folder, the rest goes to the workers."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from lls_hw.datasets.base import Dataset
from lls_hw.explore.cluster import Job, client_of, on_a_worker, outcomes
from lls_hw.explore.identity import GOLDEN_SOURCES, build_identity, source_digest
from lls_hw.explore.job import built
from lls_hw.explore.networks import Jobs, programs, rates
from lls_hw.explore.points import Point
from lls_hw.explore.rows import Row, with_front
from lls_hw.explore.store import Store
from lls_hw.explore.training import trained
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program
from lls_hw.program.fit import FitError
from lls_hw.tools.cache import digest
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.html import counted
from lls_hw.tools.results import progress_columns

__all__ = ["Exploration", "Lessons"]


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How networks are trained on the golden model, for their accuracy."""

    data: Dataset
    """Its test images are those that are held out."""
    epochs: int
    seed: int = 0

    def key(self, network: Network, batch: int) -> str:
        """Of everything that the accuracy depends on."""
        data = self.data
        arrays = (data.train_images, data.train_labels, data.test_images, data.test_labels)
        parts: list[str | bytes] = [source_digest(*GOLDEN_SOURCES), repr(network), str(batch)]
        for array in arrays:
            parts += [str(array.shape), array.tobytes()]
        return digest(*parts, f"{self.epochs} {self.seed}")


class Exploration:
    """Builds all points and trains the networks, except for what an earlier run has left.

    Parameters
    ----------
    scheduler : address of a Dask scheduler; None for `workers` processes of this computer.
    """

    def __init__(
        self, points: Sequence[Point], jobs: Jobs, lessons: Lessons | None, store: Store,
        console: Console, scheduler: str | None, workers: int,
    ) -> None:  # fmt: skip
        self.points, self.store, self.console = points, store, console
        self._scheduler, self._workers = scheduler, workers
        self._lessons = lessons
        self._compiled: dict[str, list[Program] | FitError] = {}
        for point in points:
            if point.engine not in self._compiled:
                self._compiled[point.engine] = _compiled(jobs, point)
        self._outcomes: dict[str, dict[str, Any]] = {}
        self._titles: dict[str, str] = {}
        self._jobs: list[Job] = []
        self._keys: dict[Point, str] = {}

    def run(self) -> list[Row]:
        """All rows, in the order of the points. LlsError if there are no tools or no workers."""
        if self._scheduler is None:
            self._settle(build_identity(self.points[0].board, self.points[0].variant))
            if not self._jobs:
                return self.rows()
        with client_of(self._scheduler, min(self._workers, len(self.points))) as client:
            if self._scheduler is not None:
                place = self.points[0].board, self.points[0].variant
                self._settle(on_a_worker(client, build_identity, *place))
            with self._shown() as show:
                for key, outcome in outcomes(client, self._jobs):
                    self._outcomes[key] = outcome
                    self.store.keep(key, outcome)
                    show(self._line(key, outcome))
        return self.rows()

    def rows(self) -> list[Row]:
        """What is known of each point."""
        return with_front([self._row(point) for point in self.points])

    def _settle(self, identity: dict[str, Any]) -> None:
        """What has been done already, and what is left to do with such sources and tools."""
        for point in self.points:
            if isinstance(self._compiled[point.engine], FitError):
                continue
            data = point.as_dict()
            decisive = {name: value for name, value in data.items() if name != "word"}
            key = digest(json.dumps([decisive, identity], sort_keys=True))
            self._keys[point] = key
            folder = None if self._scheduler else str(self.store.build_folder(key).resolve())
            self._plan(Job(key, built, (data, folder, identity)), point.title)
        for program in self._trainings():
            assert self._lessons is not None
            network, batch = program.network, program.batch
            key = self._lessons.key(network, batch)
            lessons = (network, batch, self._lessons.data, self._lessons.epochs, self._lessons.seed)
            self._plan(Job(key, trained, lessons), f"training {network.name}, batch {batch}")
        done, whole = len(self._titles) - len(self._jobs), len(self._titles)
        if done:
            self.console.print(f"{done} of {counted(whole, 'result')} kept from an earlier run.")

    def _plan(self, job: Job, title: str) -> None:
        if job.key in self._titles:
            return
        self._titles[job.key] = title
        kept = self.store.kept(job.key)
        if kept is None:
            self._jobs.append(job)
        else:
            self._outcomes[job.key] = kept

    def _trainings(self) -> Iterator[Program]:
        """Of each network one program for each batch: nothing else of an engine matters."""
        found = {}
        for programs_ in self._compiled.values():
            if self._lessons is not None and not isinstance(programs_, FitError):
                found.update({(one.network.name, one.batch): one for one in programs_})
        yield from found.values()

    def _row(self, point: Point) -> Row:
        compiled = self._compiled[point.engine]
        if isinstance(compiled, FitError):
            return Row(point=point, error=str(compiled))
        outcome = self._outcomes.get(self._keys[point], {})
        return Row(
            point=point,
            rates=rates(compiled, point.build(Path(), Console(quiet=True))),
            accuracy=self._accuracy(compiled),
            report=outcome.get("report"),
            error=outcome.get("error"),
        )

    def _accuracy(self, compiled: Sequence[Program]) -> float | None:
        """Mean of the networks; None unless all of them were trained."""
        if self._lessons is None or not compiled:
            return None
        keys = [self._lessons.key(program.network, program.batch) for program in compiled]
        found = [self._outcomes.get(key, {}) for key in keys]
        if not all("accuracy" in outcome for outcome in found):
            return None
        return sum(float(outcome["accuracy"]) for outcome in found) / len(found)

    @property
    def failed_trainings(self) -> dict[str, str]:
        """Sentences of trainings that failed, by what was trained."""
        builds = set(self._keys.values())
        return {
            self._titles[key]: outcome["error"]
            for key, outcome in self._outcomes.items()
            if key not in builds and "error" in outcome
        }

    def _line(self, key: str, outcome: Mapping[str, Any]) -> str:
        """What the terminal says when a result arrives."""
        return f"{self._titles[key]}: {'; '.join(_said(outcome))}"

    @contextmanager
    def _shown(self) -> Iterator[Any]:
        """A function that shows a line, and how many results have arrived."""
        total, arrived = len(self._jobs), 0
        terminal = self.console.is_terminal
        with (
            Progress(*progress_columns(), console=self.console, disable=not terminal) as progress,
            Heartbeat(self.console, "Exploring") as heartbeat,
        ):
            task = progress.add_task("exploring", total=total, info="")
            heartbeat.stage = f"0 of {total}"

            def show(line: str) -> None:
                nonlocal arrived
                arrived += 1
                heartbeat.stage = f"{arrived} of {total}"
                progress.advance(task)
                self.console.print(
                    f"{arrived}/{total} {line}", highlight=False, markup=False, soft_wrap=True
                )

            yield show


def _compiled(jobs: Jobs, point: Point) -> list[Program] | FitError:
    try:
        return programs(jobs, point.config)
    except FitError as error:
        return error


def _said(outcome: Mapping[str, Any]) -> Iterable[str]:
    """A result in a few words."""
    if "error" in outcome:
        return [outcome["error"]]
    if "accuracy" in outcome:
        return [f"accuracy {outcome['accuracy']:.2%}"]
    report = outcome["report"]
    cells = [f"{item['used']:,} {name}" for name, item in report["resources"].items()]
    clocks = [f"{item['achieved']:.1f} MHz reached" for item in report["clocks"].values()]
    return [", ".join([*cells, *clocks]), f"{report['total_seconds']:,.0f} s"]
