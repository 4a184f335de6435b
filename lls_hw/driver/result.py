"""What a board answers to a batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.contract.registers import RESULT

__all__ = ["BatchResult"]


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
