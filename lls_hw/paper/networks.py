"""Networks of the paper: one description, read by the model and by the cost accounting.

A network is a sequence of blocks and a linear classifier. A block is one stage, or two in a
depthwise-separable block; a stage is a linear map, BatchNorm and LeakyReLU. Maps are channels x
height x width; a vector is a map of one pixel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod

from lls_hw.errors import LlsError

__all__ = [
    "Block", "BlockPlan", "Map", "Network", "Plan", "RecipeError", "Stage", "StagePlan",
    "network", "network_names",
]  # fmt: skip

Map = tuple[int, int, int]
"""Channels, height, width."""


class RecipeError(LlsError, ValueError):
    """A network, rule or recipe that does not exist or is invalid."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Linear map -> BatchNorm -> LeakyReLU."""

    outputs: int
    kernel: int = 0
    """Rows and columns of a convolution; 0: fully connected."""
    stride: int = 1
    pad: int = 0
    depthwise: bool = False
    """Each output channel reads only the input channel of the same number."""
    bias: bool = True


@dataclass(frozen=True, kw_only=True)
class Block:
    """The part of a network that learns from one local loss."""

    stages: tuple[Stage, ...]
    cells: int = 0
    """The latents are averages over cells x cells parts of a map, or over that many parts of a
    vector. 0: the whole vector."""
    pool: bool = False
    """2 x 2 max pooling after the block; an odd last row or column is dropped."""
    average: int = 0
    """Averages over that many parts in each direction after the block; 0: none."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """Blocks, followed by a linear classifier."""

    name: str
    blocks: tuple[Block, ...]
    hidden: int = 0
    """Columns of a random or trained head, averaged to each block's latents; 0: no averaging."""
    reduced_rows: int = 20
    """Rows of the basis of LLS-MxM reduced."""

    def plan(self, shape: Map, classes: int) -> "Plan":
        """Shapes for images of that shape; RecipeError if a map would vanish."""
        if classes < 2:
            raise RecipeError(f"The number of classes is {classes}; it must be at least 2.")
        plans: list[BlockPlan] = []
        seen = shape
        for index, block in enumerate(self.blocks):
            plan = BlockPlan.of(block, seen)
            seen = plan.output
            if min(seen) < 1:
                raise RecipeError(
                    f"Images of {shape[1]}x{shape[2]} are too small for {self.name}: nothing is "
                    f"left after block {index + 1}; use larger images or another network."
                )
            plans.append(plan)
        return Plan(network=self, input=shape, classes=classes, blocks=tuple(plans))


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """A stage with the shapes of its maps."""

    stage: Stage
    input: Map
    output: Map

    @classmethod
    def of(cls, stage: Stage, seen: Map) -> "StagePlan":
        """Shapes of a stage on such a map."""
        if stage.kernel == 0:
            return cls(stage=stage, input=(prod(seen), 1, 1), output=(stage.outputs, 1, 1))
        height, width = (
            (size + 2 * stage.pad - stage.kernel) // stage.stride + 1 for size in seen[1:]
        )
        return cls(stage=stage, input=seen, output=(stage.outputs, height, width))

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """In PyTorch's order: outputs, inputs of an output, kernel."""
        inputs = 1 if self.stage.depthwise else self.input[0]
        kernel = (self.stage.kernel,) * 2 if self.stage.kernel else ()
        return (self.stage.outputs, inputs, *kernel)

    @property
    def fan_in(self) -> int:
        """Inputs of one output."""
        return prod(self.weight_shape[1:])

    @property
    def macs(self) -> int:
        """Products of one sample's forward pass; each of the two backward passes has as many."""
        return prod(self.output) * self.fan_in

    @property
    def parameters(self) -> int:
        """Weights, bias, and scale and offset of BatchNorm."""
        outputs = self.stage.outputs
        return prod(self.weight_shape) + (3 if self.stage.bias else 2) * outputs


@dataclass(frozen=True, kw_only=True)
class BlockPlan:
    """A block with the shapes of its maps."""

    block: Block
    stages: tuple[StagePlan, ...]

    @classmethod
    def of(cls, block: Block, seen: Map) -> "BlockPlan":
        """Shapes of a block on such a map."""
        plans: list[StagePlan] = []
        for stage in block.stages:
            plans.append(StagePlan.of(stage, seen))
            seen = plans[-1].output
        return cls(block=block, stages=tuple(plans))

    @property
    def activation(self) -> Map:
        """Shape of the activations before any pooling, from which the latents are made."""
        return self.stages[-1].output

    @property
    def vector(self) -> bool:
        """Whether the block is fully connected."""
        return self.block.stages[-1].kernel == 0

    @property
    def cells(self) -> tuple[int, int]:
        """Parts of rows and columns of a map; for a vector 1 and the number of latents."""
        if self.vector:
            return 1, self.block.cells or self.activation[0]
        return self.block.cells, self.block.cells

    @property
    def latents(self) -> int:
        """d: number of latents of a sample."""
        return prod(self.cells) * (1 if self.vector else self.activation[0])

    @property
    def output(self) -> Map:
        """Shape of the next block's input."""
        channels, height, width = self.activation
        if self.block.average:
            return channels, self.block.average, self.block.average
        return (channels, height // 2, width // 2) if self.block.pool else self.activation

    @property
    def parameters(self) -> int:
        """Trainable numbers without the head's."""
        return sum(stage.parameters for stage in self.stages)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A network for images of one shape and a number of classes."""

    network: Network
    input: Map
    classes: int
    blocks: tuple[BlockPlan, ...]

    @cached_property
    def features(self) -> int:
        """Inputs of the classifier."""
        return prod(self.blocks[-1].output)

    @property
    def parameters(self) -> int:
        """Trainable numbers, without those of the heads."""
        classifier = (self.features + 1) * self.classes
        return sum(block.parameters for block in self.blocks) + classifier

    @property
    def latents(self) -> int:
        """All latents of all blocks."""
        return sum(block.latents for block in self.blocks)


def _conv(outputs: int, cells: int, pool: bool = False, average: int = 0) -> Block:
    stage = Stage(outputs=outputs, kernel=3, pad=1)
    return Block(stages=(stage,), cells=cells, pool=pool, average=average)


def _dense(outputs: int, cells: int = 0) -> Block:
    return Block(stages=(Stage(outputs=outputs),), cells=cells)


def _separable(inputs: int, outputs: int, stride: int, cells: int, average: int = 0) -> Block:
    """Depthwise 3 x 3, then 1 x 1. Padding equals stride, as in the published network."""
    depthwise = Stage(
        outputs=inputs, kernel=3, stride=stride, pad=stride, depthwise=True, bias=False
    )
    pointwise = Stage(outputs=outputs, kernel=1, bias=False)
    return Block(stages=(depthwise, pointwise), cells=cells, average=average)


def _smallconv() -> Network:
    blocks = (_conv(32, 4, True), _conv(64, 2, True), _conv(128, 2, average=2), _dense(512))
    return Network(name="smallconv", blocks=blocks)


def _tinyconv() -> Network:
    """The network of `lls_hw/network/library/tinyconv.toml`, which is not from the paper."""
    blocks = (_conv(16, 4, True), _conv(32, 2, True), _conv(32, 4, average=4))
    return Network(name="tinyconv", blocks=blocks)


def _smallconvl() -> Network:
    """The published head of the last block has 2048 latents: each of 1024 features twice."""
    blocks = (
        _conv(96, 4, True), _conv(192, 2, True), _conv(512, 2, average=2), _dense(1024, 2048),
    )  # fmt: skip
    return Network(name="smallconvl", blocks=blocks)


def _vgg8() -> Network:
    blocks = (
        _conv(128, 4), _conv(256, 2, True), _conv(256, 2), _conv(256, 2, True),
        _conv(512, 2, True), _conv(512, 2, average=2), _dense(1024),
    )  # fmt: skip
    return Network(name="vgg8", blocks=blocks, hidden=2048, reduced_rows=100)


_SEPARABLE = (
    (64, 1, 4), (128, 2, 4), (128, 1, 4), (256, 2, 2), (256, 1, 2), (512, 2, 2),
    *[(512, 1, 2)] * 5, (1024, 2, 1), (1024, 1, 1),
)  # fmt: skip
"""Outputs, stride and cells of MobileNetV1's depthwise-separable blocks."""


def _mobilenetv1() -> Network:
    blocks = [Block(stages=(Stage(outputs=32, kernel=3, stride=2, pad=1),), cells=8)]
    inputs = 32
    for index, (outputs, stride, cells) in enumerate(_SEPARABLE):
        average = 1 if index == len(_SEPARABLE) - 1 else 0
        blocks.append(_separable(inputs, outputs, stride, cells, average))
        inputs = outputs
    return Network(name="mobilenetv1", blocks=tuple(blocks), hidden=2048)


_WIDEST = 1 << 16
_NETWORKS: dict[str, Callable[[], Network]] = {
    "smallconv": _smallconv, "smallconvl": _smallconvl, "vgg8": _vgg8,
    "mobilenetv1": _mobilenetv1, "tinyconv": _tinyconv,
}  # fmt: skip


def network_names() -> tuple[str, ...]:
    """Networks of the paper and `tinyconv`; `network` also accepts `mlp-100-50` and the like."""
    return tuple(_NETWORKS)


def network(name: str) -> Network:
    """A network of the paper, or `mlp-100-50`: fully connected blocks of 100 and 50 outputs."""
    if name in _NETWORKS:
        return _NETWORKS[name]()
    kind, *widths = name.split("-")
    if kind == "mlp" and widths and all(map(_is_width, widths)):
        return Network(name=name, blocks=tuple(_dense(int(w)) for w in widths))
    raise RecipeError(
        f"There is no network {name!r}; choose one of {', '.join(_NETWORKS)} or mlp-100-50 (widths "
        f"of the hidden layers, 1..{_WIDEST})."
    )


def _is_width(text: str) -> bool:
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(_WIDEST))
    return digits and 1 <= int(text) <= _WIDEST
