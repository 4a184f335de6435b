"""Places and routes with several seeds in parallel and keeps the best result."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.tools.failures import BuildFailed

__all__ = ["Placement", "sweep"]

_OTHERS = {"top.il", "top.v", "design.json"}
"""Files of a build that place and route does not read."""


@dataclass(frozen=True)
class Placement:
    """Result of one seed."""

    seed: int
    resources: list[Resource]
    timing: list[Timing]

    @property
    def margin(self) -> float:
        """Reached over wanted frequency of the slowest clock; 1 or more if timing is met."""
        return min((clock.achieved / clock.wanted for clock in self.timing), default=1.0)


def sweep(flow: Flow, steps: Steps, folder: Path, seeds: Sequence[int]) -> list[Placement]:
    """Place and route once for each seed within a step, as many in parallel as there are cores.

    Returns the results, best first, and leaves the files of the best in the folder. Failed seeds
    are ignored unless all fail; then BuildFailed is that of the first seed.
    """
    inputs = [
        file
        for file in folder.iterdir()
        if file.is_file() and file.name not in _OTHERS and file.suffix != ".log"
    ]
    folders = {seed: folder / f"seed-{seed}" for seed in seeds}
    for own in folders.values():
        own.mkdir()
        for file in inputs:
            os.link(file, own / file.name)
    placements, errors = _place_all(flow, steps, folders)
    best = min(errors) if not placements else placements[0].seed
    for file in folders[best].iterdir():
        file.replace(folder / file.name)
    for own in folders.values():
        shutil.rmtree(own)
    if not placements:
        raise errors[best]
    return placements


def _place_all(
    flow: Flow, steps: Steps, folders: dict[int, Path]
) -> tuple[list[Placement], dict[int, BuildFailed]]:
    """Results, best first, and errors by seed."""
    placements: list[Placement] = []
    errors: dict[int, BuildFailed] = {}
    jobs = min(len(folders), len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(jobs) as pool:

        def place(seed: int) -> Placement:
            branch = steps.branch(f"seed {seed}")
            try:
                return Placement(seed, *flow.place(branch, folders[seed], seed))
            finally:
                steps.join(branch)

        futures = {pool.submit(place, seed): seed for seed in folders}
        try:
            for future in as_completed(futures):
                seed = futures[future]
                try:
                    placements.append(future.result())
                except BuildFailed as error:
                    errors[seed] = error
                if len(folders) > 1:
                    steps.console.print(f"seed {seed}: {_said(placements, errors, seed)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            steps.stop()
            raise
    placements.sort(key=lambda placement: (-placement.margin, placement.seed))
    return placements, errors


def _said(placements: list[Placement], errors: dict[int, BuildFailed], seed: int) -> str:
    """The line of one seed."""
    if seed in errors:
        return str(errors[seed])
    timing = placements[-1].timing
    return ", ".join(f"{clock.achieved:.1f} of {clock.wanted:.1f} MHz" for clock in timing)
