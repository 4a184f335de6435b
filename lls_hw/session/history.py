"""What a session measures: accuracy, loss, seconds."""

from dataclasses import asdict, dataclass, replace

from lls_hw.driver.tally import Tally

__all__ = ["Epoch", "Evaluation"]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Result of a test."""

    accuracy: float
    """Share of the samples whose class was predicted."""
    loss: float
    """Mean cross-entropy of the classifier in nats."""
    samples: int

    @classmethod
    def of(cls, tally: Tally) -> "Evaluation":
        """The totals of a tally."""
        return cls(accuracy=tally.accuracy, loss=tally.mean_loss, samples=tally.count)


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One pass over the training images."""

    epoch: int
    """From 1, over all calls of `fit`."""
    train_accuracy: float
    """Of the predictions before each step."""
    train_loss: float
    seconds: float
    board_seconds: float | None = None
    """What a board at that clock and behind that line would take; of a simulated board with a line
    alone."""
    array_idle_for_link: float | None = None
    """Share of the board's cycles that it waited for samples; None for the golden model."""
    link_bytes_per_sample: float | None = None
    """Both ways, in training; None for the golden model."""
    test_accuracy: float | None = None
    """On the images of `validation`, after the epoch."""
    test_loss: float | None = None

    def tested(self, found: Evaluation) -> "Epoch":
        """The same with the result of a test."""
        return replace(self, test_accuracy=found.accuracy, test_loss=found.loss)

    def as_dict(self) -> dict[str, float]:
        """Everything that was measured."""
        return {name: value for name, value in asdict(self).items() if value is not None}
