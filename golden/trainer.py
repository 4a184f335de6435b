"""The golden model in the place of a board: trains a network to the same bits."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.contract.config import Config
from lls_hw.contract.counters import Counters
from lls_hw.driver.batches import Batch, check_batch, check_samples
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.driver.result import BatchResult
from lls_hw.golden.model import IntegerModel, StepResult
from lls_hw.golden.state import integer_model, state_of
from lls_hw.golden.steps import CompiledStep, Step, plain_step
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program, compile_network

__all__ = ["GoldenTrainer"]

_AT_ONCE = 40
"""About how many samples are inferred together; on a GPU a thousand."""


class GoldenTrainer:
    """One network on the golden model, with the interface of the driver's `Trainer`.

    Parameters
    ----------
    network : what is trained, of any size.
    batch : samples of one step (default: the network's).
    config : an engine that the network must fit; its program then predicts the cycles.
    device : where PyTorch computes. compiled : by compiled functions.
    """

    def __init__(
        self,
        network: Network,
        batch: int | None = None,
        config: Config | None = None,
        device: str = "cpu",
        compiled: bool = False,
    ) -> None:
        self.network = network
        self.batch = network.training.batch if batch is None else batch
        if not isinstance(self.batch, int | np.integer) or self.batch < 1:
            raise InputError(f"The batch size is {self.batch}; use a whole number from 1 on.")
        self.program: Program | None = None
        if config is not None:
            self.program = compile_network(network, config, self.batch)
        self._device = torch.device(device)
        self._compiled = compiled
        self._model: IntegerModel | None = None
        self._step: Step = plain_step

    def set_learning_rate(self, lr_shift: int) -> None:
        """Learning rate 2**-lr_shift from the next step on; NetworkError outside of LR_LIMITS."""
        self._loaded.settings = layer_settings(self.network, self.batch, lr_shift)

    def load(self, state: TrainingState) -> None:
        """Starts from a state; InputError when it is not one of the network."""
        self._model = integer_model(self.network, state, self.batch, self._device)
        if self._compiled and self._step is plain_step:
            self._step = CompiledStep(self._model)

    def save(self, meta: dict[str, object] | None = None) -> TrainingState:
        """The state after the steps so far."""
        return state_of(self._loaded, meta)

    def train(self, batches: Iterable[Batch]) -> Iterator[BatchResult]:
        """One training step for each (N, I) int8, (N,) labels."""
        model = self._loaded
        for inputs, labels in batches:
            check_batch(self.network, self.batch, inputs, labels)
            yield _result(self._step(model, self._tensor(inputs), self._tensor(labels)))

    def infer(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> Iterator[BatchResult]:
        """Predictions of all samples, in batches; the last one may be smaller."""
        check_samples(self.network, inputs, labels)
        model = self._loaded
        for part in self._parts(len(inputs)):
            given = self._tensor(inputs[part]), self._tensor(labels[part])
            whole = _result(model.infer(*given))
            for start in range(0, len(whole.prediction), self.batch):
                few = slice(start, start + self.batch)
                yield BatchResult(whole.prediction[few], whole.probability[few])

    def scores(self, inputs: NDArray[np.int8]) -> Iterator[NDArray[np.int64]]:
        """The classifier's probability of every class (n, K), Q15, in batches."""
        check_samples(self.network, inputs, np.zeros(len(inputs), np.uint8))
        for part in self._parts(len(inputs)):
            whole = self._loaded.probabilities(self._tensor(inputs[part])).cpu().numpy()
            for start in range(0, len(whole), self.batch):
                yield whole[start : start + self.batch]

    def counters(self) -> Counters | None:
        """None: nothing counts cycles here."""
        return None

    def trace(self) -> list[tuple[int, int]]:
        """Nothing: no operation takes time here."""
        return []

    def clock(self) -> int | None:
        """None: there is no clock."""
        return None

    @property
    def _loaded(self) -> IntegerModel:
        """The model, once it has weights."""
        if self._model is None:
            raise InputError("Nothing has been loaded; load a training state first.")
        return self._model

    def _tensor(self, values: NDArray[np.int8] | NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)

    def _parts(self, count: int) -> Iterator[slice]:
        """Whole batches that are inferred together."""
        most = 1000 if self._device.type == "cuda" else _AT_ONCE
        size = max(1, most // self.batch) * self.batch
        return (slice(start, start + size) for start in range(0, count, size))


def _result(result: StepResult) -> BatchResult:
    return BatchResult(result.prediction.cpu().numpy(), result.probability.cpu().numpy())
