"""Running accuracy and loss of what a board answers."""

import numpy as np
from numpy.typing import NDArray

from lls_hw.driver.result import BatchResult, Counts

__all__ = ["Tally"]

Labels = NDArray[np.uint8]


class Tally:
    """Running accuracy and loss."""

    def __init__(self) -> None:
        self.correct, self.loss, self.count = 0, 0.0, 0

    def add(self, result: BatchResult, labels: Labels) -> None:
        self.correct += int((result.prediction == labels).sum())
        self.loss += float(result.loss.sum())
        self.count += len(labels)

    def add_counts(self, counts: Counts) -> None:
        self.correct += counts.correct
        self.loss += counts.loss
        self.count += counts.samples

    @property
    def accuracy(self) -> float:
        return self.correct / max(self.count, 1)

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.count, 1)

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:6.2%}  loss {self.mean_loss:.3f}"
