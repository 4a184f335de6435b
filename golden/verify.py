"""Trains the golden model in parallel with a board and compares all results."""

import numpy as np
import torch
from numpy.typing import NDArray

from lls_hw.contract.channels import ChannelField
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.result import BatchResult
from lls_hw.errors import LlsError
from lls_hw.golden.state import integer_model
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Network

__all__ = ["Mismatch", "Verifier"]


class Mismatch(LlsError):
    """Board and golden model differ."""


class Verifier:
    """The golden model of one training session, in step with the board.

    `failed` turns true at the first result that differs; `check_weights` then names the weight.
    """

    def __init__(self, network: Network, batch: int, state: TrainingState) -> None:
        torch.set_num_threads(1)  # batches are small: more threads would only wait for each other
        self._network, self._batch = network, batch
        self.failed: str | None = None
        self.model = integer_model(network, state, batch)

    def set_learning_rate(self, lr_shift: int) -> None:
        """Learning rate 2**-lr_shift from the next step on."""
        self.model.settings = layer_settings(self._network, self._batch, lr_shift)

    def step(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8], board: BatchResult) -> None:
        """One training step; notes the first sample whose result differs."""
        step = self.model.step
        golden = self.model.train_step(torch.from_numpy(inputs), torch.from_numpy(labels))
        if self.failed:
            return
        pairs = zip(
            board.prediction.tolist(), board.probability.tolist(),
            golden.prediction.tolist(), golden.probability.tolist(), strict=True,
        )  # fmt: skip
        for sample, (prediction, p, expected, expected_p) in enumerate(pairs):
            if (prediction, p) != (expected, expected_p):
                self.failed = (
                    f"Step {step}, sample {sample}: the board predicts class {prediction}, "
                    f"p = {p}/32768, the golden model class {expected}, p = {expected_p}/32768."
                )
                return

    def check_weights(self, board: TrainingState) -> None:
        """Mismatch at the first weight, shift or earlier result that differs."""
        prefix = f"{self.failed} " if self.failed else ""
        for layer, (seen, golden) in enumerate(zip(board.weights, self.model.weights, strict=True)):
            different = np.argwhere(seen != golden.numpy())
            if len(different):
                row, col = different[0].tolist()
                raise Mismatch(
                    f"{prefix}After step {board.step}, {len(different)} weights of layer {layer} "
                    f"differ, the first at [{row}, {col}]: the board has {seen[row, col]}, the "
                    f"golden model {int(golden[row, col])}."
                )
        others = (
            ("entries of the modulation", board.modulations, self.model.modulations),
            ("velocities", board.velocities, self.model.velocities),
        )
        for what, boards, goldens in others:
            for layer, (found, expected) in enumerate(zip(boards, goldens, strict=False)):
                different = np.argwhere(found != expected.numpy())
                if len(different):
                    raise Mismatch(
                        f"{prefix}After step {board.step}, {len(different)} {what} of layer "
                        f"{layer} differ, the first at {different[0].tolist()}."
                    )
        self._check_channels(board, prefix)
        if board.shifts[:-1] != self.model.shifts[:-1] or board.step != self.model.step:
            raise Mismatch(
                f"{prefix}Shifts and step of the board are {board.shifts}, {board.step}; the "
                f"golden model's are {self.model.shifts}, {self.model.step}."
            )
        if self.failed:
            raise Mismatch(f"{self.failed} The weights are equal.")

    def _check_channels(self, board: TrainingState, prefix: str) -> None:
        """Mismatch at the first channel state that differs."""
        for layer, (found, state) in enumerate(
            zip(board.channels, self.model.channels, strict=True)
        ):
            golden = state.tensor().numpy()
            different = np.argwhere(found != golden)
            if len(different):
                channel, field = different[0].tolist()
                raise Mismatch(
                    f"{prefix}After step {board.step}, {len(different)} values of the channel "
                    f"states of layer {layer} differ, the first is {ChannelField(field).name} of "
                    f"channel {channel}: the board has {found[channel, field]}, the golden model "
                    f"{golden[channel, field]}."
                )
