"""Cost of training: products and memory of a step, from the network's description alone.

A layer is a stage of a block, or the classifier. Products are multiply-accumulates of linear maps
and heads. BatchNorm, activations, pooling and the norm of the latents take a few operations for
each activation with every rule and are not counted.
"""

from dataclasses import dataclass
from enum import Enum
from math import prod

from lls_hw.paper.networks import BlockPlan, Plan
from lls_hw.paper.rules import Basis, Modulation, Rule, Signal

__all__ = ["Macs", "Memory", "Optimiser", "activation_ratio", "macs", "memory"]


class Optimiser(Enum):
    """Name; numbers kept and products of an update, both for each parameter."""

    SGD = ("sgd", 0, 1)
    MOMENTUM = ("momentum", 1, 2)
    ADAMW_SCHEDULE_FREE = ("adamw-schedule-free", 2, 8)
    """Kept: z and the running square v. Products: three for v = b v + (1 - b) g g, one each for
    v / correction, for g / root, for y's step towards z, for y's and for z's step along g."""

    def __init__(self, title: str, kept: int, products: int) -> None:
        self.title, self.kept, self.products = title, kept, products


@dataclass(frozen=True, kw_only=True)
class Macs:
    """Multiply-accumulates of one sample, except for the update."""

    forward: int
    signal: int
    """Error propagation of BP; scores and their way back with a head; random projection."""
    gradient: int
    """Of all weights, including those of a trained head or modulation."""
    update: int
    """Of a whole batch."""

    @property
    def step(self) -> int:
        """One sample's forward pass, signal and gradient."""
        return self.forward + self.signal + self.gradient

    def with_update(self, batch: int) -> float:
        """`step` with the sample's share of the update."""
        return self.step + self.update / batch


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Numbers that a training step keeps."""

    parameters: int
    """Trainable numbers, including those of heads."""
    optimiser: int
    gradients: int
    """All of them with BP and DFA; those of one block with local rules."""
    fixed: int
    """Random numbers that must be stored; waveforms follow from a formula."""
    activations: int
    """Input and output of each layer, of one sample."""
    error: int
    """Error of one sample between its computation and its use in the weight gradient."""

    def total(self, batch: int) -> int:
        """All numbers of a step."""
        shared = self.parameters + self.optimiser + self.gradients + self.fixed
        return shared + batch * (self.activations + self.error)


@dataclass(frozen=True, kw_only=True)
class _Head:
    """Numbers and products of one block's head."""

    trained: int = 0
    fixed: int = 0
    signal: int = 0
    gradient: int = 0


def _rows(plan: Plan, rule: Rule) -> int:
    return plan.network.reduced_rows if rule.modulation is Modulation.REDUCED else plan.classes


def _head(plan: Plan, block: BlockPlan, rule: Rule) -> _Head:
    """Scores, their way back and a trained basis' gradient take rows x latents products each."""
    if rule.signal is Signal.BACKPROPAGATION:
        return _Head()
    if rule.signal is not Signal.LOCAL:
        projection = plan.classes * prod(block.activation)
        return _Head(fixed=projection, signal=0 if rule.signal is Signal.TARGET else projection)
    rows = _rows(plan, rule)
    products = rows * block.latents
    kept = 0 if rule.normalised else rows * (plan.network.hidden or block.latents)
    modulation = 0
    if rule.modulation is not Modulation.NONE:
        vector = rule.modulation is Modulation.VECTOR
        modulation = plan.classes if vector else rows * plan.classes
    trained = rule.basis is Basis.TRAINED
    return _Head(
        trained=modulation + (kept if trained else 0),
        fixed=0 if trained else kept,
        signal=2 * products + 2 * modulation,
        gradient=modulation + (products if trained else 0),
    )


def _forward(plan: Plan) -> list[list[int]]:
    """Products of each stage of each block, and of the classifier."""
    stages = [[stage.macs for stage in block.stages] for block in plan.blocks]
    return [*stages, [plan.features * plan.classes]]


def macs(plan: Plan, rule: Rule, optimiser: Optimiser = Optimiser.SGD) -> Macs:
    """Products of a training step."""
    layers = _forward(plan)
    heads = [_head(plan, block, rule) for block in plan.blocks]
    forward = sum(map(sum, layers))
    if rule.signal is Signal.BACKPROPAGATION:
        signal = forward - layers[0][0]
    else:
        inside = sum(sum(block[1:]) for block in layers)
        signal = sum(head.signal for head in heads) + inside
    trained = plan.parameters + sum(head.trained for head in heads)
    return Macs(
        forward=forward,
        signal=signal,
        gradient=forward + sum(head.gradient for head in heads),
        update=optimiser.products * trained,
    )


def _held(plan: Plan) -> list[int]:
    """Input and output of each block's layers, and of the classifier."""
    blocks = [
        sum(prod(stage.input) + prod(stage.output) for stage in block.stages)
        for block in plan.blocks
    ]
    return [*blocks, plan.features + plan.classes]


def activation_ratio(plan: Plan, once: bool = False) -> float:
    """Activations of all layers, input and output each, over those of the largest block.

    One layer's output is the next one's input; with `once`, each map counts once.
    """
    if not once:
        held = _held(plan)
        return sum(held) / max(held)
    written = [
        sum(prod(stage.output) for stage in block.stages)
        + (prod(block.output) if block.block.pool or block.block.average else 0)
        for block in plan.blocks
    ]
    read = [prod(block.stages[0].input) for block in plan.blocks]
    largest = max(a + b for a, b in zip(written, read, strict=True))
    return (prod(plan.input) + sum(written) + plan.classes) / largest


def memory(plan: Plan, rule: Rule, optimiser: Optimiser = Optimiser.SGD) -> Memory:
    """Numbers that a training step keeps without recomputing any."""
    heads = [_head(plan, block, rule) for block in plan.blocks]
    trained = [
        block.parameters + head.trained for block, head in zip(plan.blocks, heads, strict=True)
    ]
    trained.append((plan.features + 1) * plan.classes)
    held = _held(plan)
    return Memory(
        parameters=sum(trained),
        optimiser=optimiser.kept * sum(trained),
        gradients=max(trained) if rule.local else sum(trained),
        fixed=sum(head.fixed for head in heads),
        activations=max(held) if rule.local else sum(held),
        error=_error(plan, rule),
    )


def _error(plan: Plan, rule: Rule) -> int:
    """BP: gradients with respect to input and output of the layer where both are largest. A head:
    with respect to the latents, since signs give the activations'. Otherwise: to the logits."""
    if rule.signal is Signal.LOCAL:
        return max(plan.classes, *(block.latents for block in plan.blocks))
    if rule.signal is not Signal.BACKPROPAGATION:
        return plan.classes
    stages = [stage for block in plan.blocks for stage in block.stages]
    return max(
        plan.features + plan.classes,
        prod(stages[0].output),
        *(prod(stage.input) + prod(stage.output) for stage in stages[1:]),
    )
