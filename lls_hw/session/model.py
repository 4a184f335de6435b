"""A network on a board: trained, tested and asked with arrays of images."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.contract.counters import Counters
from lls_hw.datasets.labels import as_class_names
from lls_hw.driver.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.notes import written_notes
from lls_hw.driver.state_check import checked_state
from lls_hw.export.files import export
from lls_hw.export.inference import inference_of
from lls_hw.network.network import Network, Training
from lls_hw.program.compiler import Program
from lls_hw.session.board import Board, Engine
from lls_hw.session.checks import check_arguments, check_epochs, pair
from lls_hw.session.cycle_count import CycleCount
from lls_hw.session.epoch import test_samples, train_epoch
from lls_hw.session.from_torch import module_state
from lls_hw.session.history import Epoch, Evaluation
from lls_hw.session.progress import Reporter, reporting
from lls_hw.session.samples import Samples, check_count, inputs_of, samples_of
from lls_hw.session.schedule import Schedule
from lls_hw.session.settings import epochs_of, notes_in, settings_of, with_notes
from lls_hw.session.stored import check_store, forget, kept_count, wanted
from lls_hw.session.stored import store as store_samples
from lls_hw.tools.files import as_path
from lls_hw.tools.packages import require
from lls_hw.tools.results import check_outputs

if TYPE_CHECKING:
    from lls_hw.export.torch_model import TorchModel
    from lls_hw.golden.verify import Verifier

__all__ = ["Model"]


class Model:
    """A network with weights on a board.

    It always has weights: those of the seed, or of a training state. Images are (N, H, W) of one
    channel, (N, H, W, C) or (N, C, H, W), as NumPy arrays, lists or PyTorch tensors: whole numbers
    0..255 or floats 0..1. Labels are (N,) whole numbers from 0, or one-hot rows (N, K). DataError,
    which is a ValueError, names in one sentence what is wrong with them.

    Parameters
    ----------
    board : where to compute. network : what to train; FitError if it does not fit the board.
    seed : of the initial weights and the order of the samples, a whole number from 0.
    batch : samples of a training step (default: the network's).
    class_names : one for each class; labels may then be names, and checkpoints keep them.
    verify : train the golden model as well; Mismatch at the first difference. Also a member.
    state : to continue from, instead of the initial weights.

    Members
    -------
    epochs : passes over training images so far. history : what each of them measured.
    counters, trace : of the last training step, from the board; None and [] of the golden model.
    notes : more to say in checkpoints, JSON values.
    """

    def __init__(
        self,
        board: Board,
        network: Network,
        *,
        seed: int = 0,
        batch: int | None = None,
        class_names: Sequence[str] | None = None,
        verify: bool = False,
        state: TrainingState | None = None,
    ) -> None:
        self.class_names = as_class_names(class_names)
        check_arguments(board, network, seed, batch, self.class_names, state, verify)
        self.board, self.network, self.seed = board, network, int(seed)
        self.batch = network.training.batch if batch is None else int(batch)
        self.epochs = epochs_of(state) if state else 0
        self.history: list[Epoch] = []
        self.counters: Counters | None = None
        self.trace: list[tuple[int, int]] = []
        self.notes: dict[str, object] = {}
        self._run: dict[str, object] = {}
        self._state = checked_state(network, state or initial_state(network, self.batch, self.seed))
        self._own: Engine | None = None
        self.verify = verify
        self._verifier = self._verifier_of(self._state) if verify else None
        board.lend(self)

    def __repr__(self) -> str:
        return f"Model({self.network.name!r}, {self.board!r}, epochs={self.epochs})"

    @classmethod
    def load(
        cls, path: str | Path, board: Board, network: Network | None = None, *, verify: bool = False
    ) -> "Model":
        """Continues from a checkpoint of `save` or `python -m lls_hw.train`.

        CheckpointError if it cannot be read. Old checkpoints do not hold their network: give it.
        A network that differs from the one in the checkpoint is refused; `Model(board, network,
        state=model.state())` goes on with other settings.
        """
        path = as_path(path, "The checkpoint")
        state = load_checkpoint(path)
        meta: dict[str, Any] = state.meta
        given = {key: meta[key] for key in ("seed", "batch", "class_names") if key in meta}
        model = cls(board, network_for(path, state, network), verify=verify, state=state, **given)
        model._run = {key: meta[key] for key in ("images", "schedule") if key in meta}
        model.notes = notes_in(meta, model.meta)
        return model

    @classmethod
    def from_torch(
        cls,
        board: Board,
        module: Any,
        images: Any,
        *,
        mean: float = 0.0,
        std: float = 1.0,
        input: Sequence[int] | None = None,
        channels: str | None = None,
        name: str = "torch",
        training: Training | None = None,
        **settings: Any,
    ) -> "Model":
        """A trained `nn.Sequential` on a board, with its weights in the engine's integers.

        Predictions are close to the module's: weights have 16 bits and activations 8, whose scales
        are chosen from images. NetworkError names the first module that the engine lacks; which it
        has, `Network.from_torch` says.

        Parameters
        ----------
        images : some hundred such as the module was trained with; they need no labels.
        mean, std : what was subtracted from images from 0 to 1, and by what they were then divided,
            before they entered the module.
        input : channels, height and width, if the images do not say it.
        name, training : of the network. settings : seed, batch, class_names, verify of a `Model`.
        """
        network, state = module_state(module, images, (mean, std), input, channels, name, training)
        return cls(board, network, state=state, **settings)

    @property
    def program(self) -> Program | None:
        """The network compiled for the board, with its exact cycles; None without an engine."""
        return self._engine.program

    @property
    def stored(self) -> int:
        """Training images in the board's external memory."""
        return kept_count(self._own)

    @property
    def meta(self) -> dict[str, object]:
        """What checkpoints say of the model."""
        names = {"class_names": list(self.class_names)} if self.class_names else {}
        own = settings_of(self.network, self.batch, self.seed)
        own = {**own, "epochs": self.epochs, **names, **self._run}
        return with_notes(own, self.notes)

    def fit(
        self,
        images: Any,
        labels: Any,
        epochs: int = 1,
        *,
        channels: str | None = None,
        validation: tuple[Any, Any] | None = None,
        run: int | None = None,
        checkpoint: str | Path | None = None,
        store: bool | None = None,
        progress: bool = False,
    ) -> list[Epoch]:
        """Trains on the images for some epochs, and goes on when it is called again.

        Each epoch shuffles the images anew and drops the last samples that fill no batch. What it
        trains depends on nothing but the samples, the seed and the number of the epoch: the same as
        `python -m lls_hw.train`.

        Parameters
        ----------
        channels : "first" or "last", where the images leave it open.
        validation : images and labels to test on after each epoch.
        run : epochs of a whole run of which this call trains the next ones. Networks spread their
            learning rates over a run; by default each call is one.
        checkpoint : file to save after each epoch. progress : show it on standard output.
        store : keep the images in the board's external memory, so that later epochs need not send
            them: as many as fit, those to train with first. Nothing else changes. By default, if
            the board has such a memory and this call trains more than one epoch. False forgets
            what is stored. InputError if True and the board has no such memory.

        Returns
        -------
        What each epoch measured, also the members of `history` that it adds.
        """
        samples = self._samples(images, labels, channels, training=True)
        check_count(len(samples.labels), self.batch, "give more, or the model a smaller batch")
        tested = (
            None if validation is None else self._samples(*pair("validation", validation), channels)
        )
        check_epochs(epochs, run, self.epochs)
        check_store(store, self.board.url, self.board.config)
        if checkpoint is not None:
            check_outputs(as_path(checkpoint, "checkpoint"))
            written_notes(self.meta)
        schedule = Schedule(self.network.training, len(samples.labels) // self.batch, epochs, run)
        self._run = {"images": len(samples.labels), "schedule": schedule.name}
        begun = self.epochs
        with reporting(progress) as report:
            if wanted(self._engine, store, epochs):
                store_samples(self._engine, samples, tested, report)
            elif store is False:
                forget(self._engine)
            for number in range(epochs):
                rates = schedule.rates(begun, number)
                found = self._epoch(samples, rates, report)
                if checkpoint is not None:
                    self.save(checkpoint)
                if tested is not None:
                    found = found.tested(Evaluation.of(test_samples(self._engine, tested, report)))
                self.history.append(found)
        return self.history[-epochs:]

    def evaluate(
        self, images: Any, labels: Any, *, channels: str | None = None, progress: bool = False
    ) -> Evaluation:
        """Accuracy and mean loss on images with labels."""
        samples = self._samples(images, labels, channels)
        with reporting(progress) as report:
            return Evaluation.of(test_samples(self._engine, samples, report))

    def predict(self, images: Any, *, channels: str | None = None) -> NDArray[np.int64]:
        """The predicted class of each image (N,)."""
        inputs = inputs_of(self.network, images, channels)
        results = self._engine.infer(inputs, np.zeros(len(inputs), np.uint8))
        return np.concatenate([result.prediction for result in results])

    def scores(self, images: Any, *, channels: str | None = None) -> NDArray[np.float64]:
        """The classifier's probability of every class (N, K), exact multiples of 2**-15.

        A board answers with one probability a run, so this takes it K times as long as `predict`.
        With `predict = "vote"` the prediction is the class with the most votes, which need not be
        the one with the largest score.
        """
        inputs = inputs_of(self.network, images, channels)
        return np.concatenate(list(self._engine.scores(inputs))) / f.ONE

    def weights(self) -> list[NDArray[np.int16]]:
        """The weights of each layer, (fan_in, fan_out), read back from the board."""
        return self._engine.save().weights

    def state(self) -> TrainingState:
        """All that training depends on, read back from the board."""
        return self._engine.save(self.meta)

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint (safetensors); an existing file is replaced once it is complete."""
        save_checkpoint(as_path(path, "The checkpoint"), self.state())

    def export(self, path: str | Path) -> None:
        """Writes the trained network for use elsewhere, by the suffix of the file.

        `.safetensors` are the integers with their meaning, `.onnx` is a model and `.h` a C header
        with the same predictions and scores. LlsError for another suffix.
        """
        export(as_path(path, "The file to export to"), self.network, self.state())

    def to_torch(self) -> "TorchModel":
        """A PyTorch module with the same predictions and scores, to the last bit."""
        from lls_hw.export.torch_model import TorchModel

        return TorchModel(inference_of(self.network, self.state()))

    def enter(self) -> None:
        """Brings network and weights onto the board, which calls this."""
        if self._own is None or self.board.device:  # another model has written over its basis
            self._own = self.board.engine(self.network, self.batch)
        self._own.load(self._state)

    def leave(self) -> None:
        """Takes the weights off the board, which calls this before another model enters."""
        assert self._own
        self._state = self._own.save()
        forget(self._own)

    @property
    def _engine(self) -> Engine:
        """The board with this model on it."""
        self.board.lend(self)
        assert self._own
        return self._own

    def _samples(
        self, images: Any, labels: Any, channels: str | None, training: bool = False
    ) -> Samples:
        names = self.class_names
        return samples_of(self.network, images, labels, channels, names, training=training)

    def _verifier_of(self, state: TrainingState) -> "Verifier":
        if self.board.device is None:
            raise InputError(
                "verify compares a board with the golden model, which the board "
                f"{self.board.url} already is; leave it out."
            )
        require("torch", "The golden model needs PyTorch")
        from lls_hw.golden.verify import Verifier

        return Verifier(self.network, self.batch, state)

    def _epoch(
        self,
        samples: Samples,
        lr_shift: Callable[[int], int],
        report: Reporter,
    ) -> Epoch:
        """Trains one pass."""
        engine, started = self._engine, time.perf_counter()
        if self.verify and self._verifier is None:  # a training was broken off
            self._verifier = self._verifier_of(engine.save())
        verifier, self._verifier = self._verifier, None
        cycles, passed = CycleCount(engine), self.board.passed()
        tally = train_epoch(
            engine, samples, self.seed, self.epochs, lr_shift, report, cycles, verifier
        )
        passed = self.board.passed() - passed
        self.counters, self.trace = engine.counters(), engine.trace()
        self.epochs += 1
        found = Epoch(
            epoch=self.epochs,
            train_accuracy=tally.accuracy,
            train_loss=tally.mean_loss,
            seconds=round(time.perf_counter() - started, 2),
            link_bytes_per_sample=passed / tally.count if self.board.device else None,
            array_idle_for_link=cycles.waited(tally.count // self.batch),
            board_seconds=cycles.seconds(self.board.line),
        )
        if verifier:
            verifier.check_weights(engine.save())
            self._verifier = verifier
        return found
