"""Learning rates of the epochs that one call trains."""

from collections.abc import Callable

from lls_hw.network.network import Training

__all__ = ["Schedule"]


class Schedule:
    """Learning rates of `epochs` epochs of `steps` steps.

    A network's rates belong to the epochs since its first, or are spread over a run. The run is
    the whole one of `run` epochs since the first, or these epochs alone.
    """

    def __init__(self, training: Training, steps: int, epochs: int, run: int | None) -> None:
        self._training, self._steps = training, steps
        self._whole = run or epochs
        self._alone = run is None and training.schedule == "run"
        self.name = training.schedule_of(self._whole)
        """What the rate of a step depends on."""

    def rates(self, begun: int, number: int) -> Callable[[int], int]:
        """Learning-rate shift of each step of the epoch `number` after `begun` others."""
        first = (number if self._alone else begun + number) * self._steps
        return lambda step: self._training.lr_shift(first + step, self._steps, self._whole)
