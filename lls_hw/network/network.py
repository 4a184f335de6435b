"""Network descriptions as Python objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from lls_hw.contract import formats as f
from lls_hw.contract.basis import BASES
from lls_hw.contract.descriptor import FIELDS
from lls_hw.network.checks import NetworkError, check, choose, take_numbers
from lls_hw.network.geometry import LayerShape
from lls_hw.network.layers import MAX_OUTPUTS, Conv, Dense
from lls_hw.network.modules import read_modules
from lls_hw.tools.shown import shown

__all__ = [
    "IMAGE",
    "LR_LIMITS",
    "LR_SHIFTS",
    "PREDICTIONS",
    "SCHEDULES",
    "Conv",
    "Dense",
    "Network",
    "NetworkError",
    "Training",
]

IMAGE = -1
"""Stands for the images among the sources of layers."""
SCHEDULES = {"layer": "epochs", "channel": "run"}
"""For each `step`, what learning rates are spread over: stretches of epochs, or the whole run."""
LR_SHIFTS = {"layer": (1,), "channel": (10, 10, 10, 10, 10, 11, 11, 12, 13)}
"""For each `step`, the learning rates of networks that choose none. Those of a channel's steps are
relative to its weights, so one schedule serves all networks: docs/learning.md."""
LR_LIMITS = -8, 16
"""Smallest and largest learning-rate shift."""
PREDICTIONS = ("classifier", "vote")
"""Whose scores decide at inference: the classifier's, or the sum of all layers'."""
MAX_INPUTS = min(f.MAX_FAN_IN, 1 << f.NOISE_INDEX_BITS)
MAX_SIZE = (1 << FIELDS["out_width"]) - 1
MAX_LAYERS = 1 << FIELDS["layer"]
MAX_CLASSES = 1 << f.CLASS_BITS


@dataclass(frozen=True)
class Training:
    """Batch size and learning rates, which are powers of two."""

    batch: int = 16
    step: str = "layer"
    """With `layer`, a step is the gradient times the learning rate. With `channel`, the gradient of
    each output channel is first divided by its running root mean square."""
    lr_shifts: tuple[int, ...] = ()
    """Learning rate 2**-lr_shift of each stretch of training; the last rate continues. The default
    is the entry of `step` in LR_SHIFTS."""
    schedule: str = ""
    """With `epochs`, a stretch is an epoch, or a part of one. With `run`, the rates are spread
    evenly over all epochs of the run, however many there are. The default is the entry of `step` in
    SCHEDULES."""
    stretches: int = 1
    """Stretches of an epoch; with 1, the learning rate changes only between epochs."""
    classifier_lr_shift: int = 0
    """Added to lr_shift for the classifier."""
    modulation_lr_shift: int = 4
    """Added to lr_shift for modulations: if they learn as fast as weights, they outrun them. With
    steps of channels, 10 less is added: their lr_shift is relative."""

    momentum_shift: int = 0
    """Momentum 1 - 2**-momentum_shift of the weights; 0: none. Steps add up to 2**momentum_shift
    times the gradient's, so add the momentum shift to `lr_shifts`."""

    def __post_init__(self) -> None:
        take_numbers(self)
        choose("step", self.step, LR_SHIFTS)
        if self.schedule == "":
            object.__setattr__(self, "schedule", SCHEDULES[self.step])
        if self.lr_shifts == ():
            object.__setattr__(self, "lr_shifts", LR_SHIFTS[self.step])
        choose("schedule", self.schedule, SCHEDULES.values())
        check("momentum_shift", self.momentum_shift, 0, f.MOMENTUM_SHIFT_MAX)
        check("batch", self.batch, 1, (1 << FIELDS["samples"]) - 1)
        check("stretches", self.stretches, 1, 1024)
        check("classifier_lr_shift", self.classifier_lr_shift, -8, 8)
        check("modulation_lr_shift", self.modulation_lr_shift, -8, 8)
        if not isinstance(self.lr_shifts, tuple):
            raise NetworkError(f"lr_shifts is {shown(self.lr_shifts)}; it must be a list.")
        for shift in self.lr_shifts:
            check("a number in lr_shifts", shift, *LR_LIMITS)

    def schedule_of(self, epochs: int) -> str:
        """What the learning rate of a step depends on, for messages and comparison."""
        return f"run of {epochs} epochs" if self.schedule == "run" else self.schedule

    def lr_shift(self, step: int, steps: int, epochs: int) -> int:
        """Learning-rate shift of a step, from 0 on, of a run of epochs of `steps` steps."""
        if self.schedule == "run":
            stretch = step * len(self.lr_shifts) // (steps * epochs)
        else:
            stretch = step * self.stretches // steps
        return self.lr_shifts[min(stretch, len(self.lr_shifts) - 1)]


@dataclass(frozen=True)
class Network:
    """A sequence of layers; the last is the classifier, every other one an LLS block."""

    name: str
    input: tuple[int, int, int]
    """Channels, height and width of an image."""
    layers: tuple[Dense | Conv, ...]
    training: Training = Training()
    basis: str = "square"
    """Waveform of the basis vectors of all blocks: square or cosine."""
    offset: int = 0
    """Subtracted from every input, 0..127; a value near the mean pixel centres the inputs."""
    predict: str = "classifier"
    """Whose scores decide at inference: those of the classifier, or with `vote` the sum of the
    log-probabilities of all blocks and the classifier."""
    normalise: bool = False
    """Each block hands on its outputs with mean and scale of each channel taken out, as batches
    before had them."""

    def __post_init__(self) -> None:
        take_numbers(self)
        if not isinstance(self.name, str):
            raise NetworkError(f"The network's name is {shown(self.name)}; give a text.")
        if not isinstance(self.training, Training):
            raise NetworkError(f"training is {shown(self.training)}; give an lls_hw.Training.")
        self._check_sequences()
        choose("basis", self.basis, BASES)
        choose("predict", self.predict, PREDICTIONS)
        check("offset", self.offset, 0, f.ACT_MAX)
        if type(self.normalise) is not bool:
            raise NetworkError(f"normalise is {shown(self.normalise)}; it must be true or false.")
        _image_size(self.input)
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise NetworkError(
                f"The network has {len(self.layers)} layers; it must have 1 to {MAX_LAYERS}, "
                "the last being the classifier."
            )
        check("outputs of the last layer (the classes)", self.classes, 2, MAX_CLASSES)
        if not isinstance(self.layers[-1], Dense):
            raise NetworkError("The last layer is a convolution; it must be the classifier.")
        if self.layers[-1].modulation != "none":
            raise NetworkError(
                f"modulation of the last layer is {self.layers[-1].modulation!r}; the classifier "
                "has no scores to modulate: leave it out."
            )
        for index, shape in enumerate(self.geometry):
            check(f"inputs of an output of layer {index + 1}", shape.fan_in, 1, MAX_INPUTS)
            check(f"latents of layer {index + 1}", shape.latents, 1, MAX_OUTPUTS)
            for name, size in (("height", shape.height), ("width", shape.width)):
                check(f"{name} of the map of layer {index + 1}", size, 1, MAX_SIZE)

    @classmethod
    def from_torch(
        cls, module: Any, input: Sequence[int], *, name: str = "torch", **settings: Any
    ) -> "Network":
        """The network of an `nn.Sequential`, to be trained from the start; it takes no weights.

        NetworkError names the first module that the engine lacks, and the reason.
        `Model.from_torch` takes the weights of a trained module as well.

        Parameters
        ----------
        module : Conv2d, Linear, LeakyReLU(1/8), MaxPool2d(2), AvgPool2d, AdaptiveAvgPool2d,
            BatchNorm1d, BatchNorm2d, Flatten, all without a bias, also in nested Sequential.
        input : channels, height and width of an image.
        settings : others of a network, such as `training`. A batch normalisation sets
            `normalise`.
        """
        shape = _image_size(input)
        layers = read_modules(module, shape)
        settings.setdefault("normalise", any(layer.gain is not None for layer in layers))
        return cls(name, shape, tuple(layer.layer for layer in layers), **settings)

    def _check_sequences(self) -> None:
        """Anything else than lists is refused, and anything else than layers by its type."""
        for name in ("input", "layers"):
            value = getattr(self, name)
            if not isinstance(value, tuple):
                raise NetworkError(f"{name} is {shown(value)}; it must be a list.")
        for index, layer in enumerate(self.layers):
            if not isinstance(layer, Dense | Conv):
                raise NetworkError(
                    f"layer {index + 1} is of type {type(layer).__name__}; it must be Dense(...) "
                    "or Conv(...)."
                )

    @property
    def inputs(self) -> int:
        """Values of one image."""
        return prod(self.input)

    @property
    def classes(self) -> int:
        """Outputs of the classifier."""
        return self.layers[-1].outputs

    @property
    def sources(self) -> tuple[int, ...]:
        """The layer that each layer reads, or IMAGE: the edges of the network's graph.

        The one place that says the graph is a chain; plan, compiler and reports follow the edges.
        """
        return tuple(range(IMAGE, len(self.layers) - 1))

    def readers(self, index: int) -> tuple[int, ...]:
        """The layers that read the outputs of a layer."""
        return tuple(k for k, source in enumerate(self.sources) if source == index)

    @property
    def classifier(self) -> int:
        """The layer whose outputs are the classes."""
        return len(self.layers) - 1

    @cached_property
    def geometry(self) -> tuple[LayerShape, ...]:
        """Maps and kernel of each layer."""
        shapes: list[LayerShape] = []
        for index, (layer, source) in enumerate(zip(self.layers, self.sources, strict=True)):
            previous = self.input if source == IMAGE else shapes[source].output
            try:
                shapes.append(layer.shape(*previous))
            except NetworkError as error:
                raise NetworkError(f"layer {index + 1}: {error}") from error
        return tuple(shapes)

    @property
    def votes(self) -> bool:
        """All layers vote at inference."""
        return self.predict == "vote"

    @property
    def channel_state(self) -> bool:
        """The network has running statistics of each channel."""
        return self.normalise or self.training.step == "channel"

    @property
    def widest(self) -> int:
        """Latents of the widest block; 1 if there is no block."""
        return max((shape.latents for shape in self.geometry[:-1]), default=1)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each layer's weights."""
        return [(shape.fan_in, shape.channels) for shape in self.geometry]


def _image_size(input: object) -> tuple[int, int, int]:
    """Channels, height and width of an image; NetworkError for anything else."""
    if not isinstance(input, list | tuple):
        raise NetworkError(f"input is {shown(input)}; it must be a list.")
    if len(input) != 3:
        raise NetworkError(
            f"input is {shown(list(input))}; give channels, height and width, for example "
            "[1, 28, 28]."
        )
    for size in input:
        check("a size in input", size, 1, MAX_INPUTS)
    channels, height, width = input
    return channels, height, width
