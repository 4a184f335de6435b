"""What a board answers to a batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.contract.registers import RESULT

__all__ = ["BatchResult", "Counts"]


@dataclass(frozen=True)
class BatchResult:
    """What the board answers to one batch: (N,) predicted classes and label probabilities Q15."""

    prediction: NDArray[np.int64]
    probability: NDArray[np.int64]

    @classmethod
    def of(cls, elements: NDArray[Any]) -> "BatchResult":
        """From (N,) elements of `Space.RESULT`."""
        return cls(**RESULT.unpack(elements.astype(np.int64)))

    @property
    def loss(self) -> NDArray[np.float64]:
        """Cross-entropy of each sample in nats; probabilities below 2**-16 count as 2**-16."""
        return np.asarray(-np.log(np.maximum(self.probability, 0.5) / f.ONE))


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the board answers to some batches of stored samples: sums over them."""

    steps: int
    samples: int
    correct: int
    """Samples whose class was predicted."""
    loss: float
    """Sum of their cross-entropies in nats, exact to 3e-7 a sample."""

    @classmethod
    def of(cls, result: BatchResult, labels: NDArray[Any]) -> "Counts":
        """Of one batch."""
        return cls(
            steps=1,
            samples=len(labels),
            correct=int((result.prediction == labels).sum()),
            loss=float(result.loss.sum()),
        )
