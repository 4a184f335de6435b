"""The best engines of a board: candidates, measured by the estimate of a build."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from lls_hw.bitstream.board import BoardBuild
from lls_hw.bitstream.estimate import reached_clocks
from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.options import parser
from lls_hw.bitstream.pins import oscillator
from lls_hw.bitstream.transport import line_rate
from lls_hw.boards import find_board
from lls_hw.contract.engine import EngineFile
from lls_hw.contract.sdram import SdramChip, SdramError, find_chip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.fit.candidates import Candidate, Target, arrays, best_of, title
from lls_hw.fit.needs import Shape
from lls_hw.gateware.clock.frequency import FrequencyError
from lls_hw.network.network import Network
from lls_hw.program.fit import FitError

__all__ = ["FREE", "Fitted", "Search"]

FREE = 0.08
"""Share of the logic that stays free: the estimate is off by up to 4 %, and wires need room."""
_LOGIC = ("LUT", "LC", "FF")
_TRIES = 12
"""Most arrays that are elaborated; each takes seconds."""
_OTHERS = 4
"""Block RAMs of the small memories of an engine, before the first has been counted."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A candidate with the cells that it is estimated to take."""

    candidate: Candidate
    resources: dict[str, int]


class Search:
    """Sizes engines for one device of a board.

    Parameters
    ----------
    board : name of a board or of a file that defines one. variant : of its devices.
    networks : all of them fit the engines that are found.
    batch : samples of a step, of all networks; by default each network's own, or less.
    frequency : of the engine in MHz; by default the highest that all engines like it have reached.
    """

    def __init__(
        self, board: str, variant: str | None, networks: Sequence[Network],
        batch: int | None = None, frequency: float | None = None,
    ) -> None:  # fmt: skip
        self.name, self.board = board, find_board(board)
        self.variant = variant or self.board.default
        self.platform: Any = self.board.platform(self.board.variant(self.variant))
        self.flow: Flow = flow_of(self.platform)
        self.family = self.flow.family
        self.usable = {
            kind: int(count * (1 - FREE)) if kind in _LOGIC else count
            for kind, count in self.flow.capacity.items()
        }
        self.chip = self._memory()
        self.frequency = self._clock(frequency)
        self.target = Target(
            family=self.family,
            capacity=self.usable,
            logic=next(self.usable[kind] for kind in _LOGIC if kind in self.usable),
            frequency=self.frequency,
            baud=line_rate(self.board, self.board.link),
            external=self.chip.words if self.chip else 0,
            networks=tuple(networks),
            batch=batch,
        )
        self.nearest: Fitted | None = None
        """Of the engines that do not fit, the one that exceeds the device least."""

    def best(self, count: int, progress: Callable[[str], None]) -> list[Fitted]:
        """The fastest engines that fit, of different arrays; fewer than `count` if there are none.

        FitError if no engine of any size can train a network.
        """
        room = self.usable["BRAM"]
        shapes = arrays(self.target)
        waiting = self._candidates(dict.fromkeys(shapes, room - _OTHERS), progress, True)
        found: list[Fitted] = []
        others: dict[Shape, dict[str, int]] = {}
        while waiting and len(found) < count:
            one = waiting.pop(0)
            array = replace(one.shape, weight_depth=None)
            if array not in others:
                if len(others) == _TRIES:
                    break
                progress(f"estimating {title(one)} ({len(others) + 1} of at most {_TRIES})")
                others[array] = cells = self.estimated(one)
                cells["BRAM"] = cells.get("BRAM", 0) - one.blocks
            cells = others[array]
            fitted = Fitted(candidate=one, resources=cells | {"BRAM": cells["BRAM"] + one.blocks})
            excess = self.excess(fitted)
            if not excess:
                found.append(fitted)
                waiting = [c for c in waiting if not _same_array(c, one)]
                continue
            self._note(fitted)
            if excess.keys() - {"BRAM"}:
                waiting = [c for c in waiting if not _contains(c, one)]
            else:  # less memory may do
                waiting += self._candidates({array: room - cells["BRAM"]}, progress)
                waiting.sort(key=lambda one: one.score, reverse=True)
        return found

    def _candidates(
        self, blocks: dict[Shape, int], progress: Callable[[str], None], fallback: bool = False
    ) -> list[Candidate]:
        """The fastest engine of each array with so many block RAMs, the fastest of all first.

        With `fallback`, the smallest of all where there is none.
        """
        found: list[Candidate] = []
        large: list[Candidate] = []
        refused: list[FitError] = []
        for number, (array, most) in enumerate(blocks.items(), 1):
            progress(f"compiling for array {number} of {len(blocks)}")
            try:
                one, too_large = best_of(self.target, array, most)
            except FitError as error:
                refused.append(error)
                continue
            found += [one] if one else []
            large += too_large
        if not found and not large and refused:
            raise refused[0]
        if fallback and not found and large:
            found = [min(large, key=lambda one: one.blocks)]
        return sorted(found, key=lambda one: one.score, reverse=True)

    def estimated(self, one: Candidate) -> dict[str, int]:
        """Cells of the whole bitstream."""
        words = ["--board", self.name, "--frequency", str(self.frequency)]
        args = parser().parse_args([*words, "--variant", self.variant])
        build = BoardBuild(args, Console(quiet=True), EngineFile("fitted", one.config))
        return build.estimate().resources

    def excess(self, fitted: Fitted) -> dict[str, float]:
        """How many times what may be used an engine needs, of each kind that it exceeds."""
        shares = {
            kind: fitted.resources.get(kind, 0) / most if most else 0
            for kind, most in self.usable.items()
        }
        return {kind: share for kind, share in shares.items() if share > 1}

    def _note(self, fitted: Fitted) -> None:
        worst = max(self.excess(fitted).values(), default=0)
        if self.nearest is None or worst < max(self.excess(self.nearest).values()):
            self.nearest = fitted

    def _clock(self, wanted: float | None) -> float:
        """The clock of the engines, MHz."""
        source = oscillator(self.board, self.platform)
        if wanted is not None:
            return self.flow.dividers(source, wanted).frequency(source)
        default = self.board.variant(self.variant).frequency
        reached = reached_clocks(self.family, self.flow.speed_class)
        trial = float(int(reached[0])) if reached else default
        try:
            trial = self.flow.dividers(source, trial).frequency(source)
        except FrequencyError as error:
            trial = error.below or default
        return trial if trial > default and self._reads(trial) else default

    def _reads(self, frequency: float) -> bool:
        """Whether the board's SDRAM, if it has one, works at a clock."""
        if self.chip is None or self.board.sdram is None:
            return True
        try:
            SdramCycles(chip=self.chip, frequency=frequency, phase=self.board.sdram.phase)
        except SdramError:
            return False
        return True

    def _memory(self) -> SdramChip | None:
        """The smallest of the chips that the board may have, if an engine can use it."""
        port = self.board.sdram
        if port is None or self.flow.PADS is None:
            return None
        return min(map(find_chip, port.chips), key=lambda chip: chip.words)


def _same_array(one: Candidate, other: Candidate) -> bool:
    return (one.shape.rows, one.shape.cols) == (other.shape.rows, other.shape.cols)


def _contains(one: Candidate, other: Candidate) -> bool:
    """Whether an engine is at least as large in everything but the memories."""
    a, b = one.shape, other.shape
    return (
        a.rows >= b.rows and a.cols >= b.cols and a.lanes >= b.lanes
        and (a.external > 0) >= (b.external > 0)
    )  # fmt: skip
