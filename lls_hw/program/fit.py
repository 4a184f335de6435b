"""Whether a plan fits its engine, and what would help if it does not."""

from dataclasses import dataclass

from lls_hw.contract.config import PRESETS, Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import MAX_BEATS, WEIGHT_BITS
from lls_hw.contract.memories import Memory
from lls_hw.contract.timing_array import MIN_PERIOD
from lls_hw.errors import LlsError
from lls_hw.network.network import Network
from lls_hw.program.plan import Plan, make_plan, tiles

__all__ = ["FitError", "MemoryUse", "check_fit", "fits", "largest_batch", "limits"]

MAX_KERNEL = (1 << FIELDS["kernel_height"]) - 1
"""Largest side of a map that a fully connected layer reads at once."""

MAX_FIRST = (1 << FIELDS["out_first"]) - 1
"""Last output tile with which an operation may begin."""

MAX_STEP = (1 << FIELDS["x_step"]) - 1
"""Most words from one input pixel of an output to the next one's."""


class FitError(LlsError, ValueError):
    """The network does not fit the engine."""


@dataclass(frozen=True, kw_only=True)
class MemoryUse:
    """How full one memory is, in its own words."""

    name: str
    used: int
    depth: int


def program_length(plan: Plan) -> int:
    """Descriptors of the training and of the inference program."""
    train, infer = 1, 1  # the end
    for layer in plan.layers:
        forward = sum(1 + layer.outside for _ in layer.forward_parts)
        train += forward + 1 + sum(1 + 2 * layer.outside for _ in layer.parts)
        infer += forward
    return train + infer + (len(plan.layers) if plan.network.votes else 1)


def limits(plan: Plan) -> list[MemoryUse]:
    """What the network needs of everything that is limited."""
    network, config, layers = plan.network, plan.config, plan.layers
    groups = tiles(network.classes, config.lanes)
    widest = max((layer.shape.latents for layer in layers[:-1]), default=0)
    maps = sum((layer.shape.pixels, layer.shape.taps) != (1, 1) for layer in layers)

    def memory(which: Memory) -> MemoryUse:
        return MemoryUse(name=which, used=plan.used[which], depth=which.depth(config))

    uses = [
        memory(Memory.WEIGHT),
        memory(Memory.ACTIVATION),
        memory(Memory.IMAGE),
        memory(Memory.LATENT),
        memory(Memory.SIGN),
        MemoryUse(name="basis memory", used=groups * widest, depth=config.basis_depth),
        MemoryUse(
            name="program memory",
            used=program_length(plan),
            depth=config.program_depth,
        ),
        MemoryUse(name="batch", used=plan.batch, depth=config.max_batch),
        MemoryUse(name="layers", used=len(layers), depth=config.max_layers),
        MemoryUse(name="classes", used=network.classes, depth=config.max_classes),
    ]
    if maps and not config.maps:
        uses.insert(0, MemoryUse(name="layers with maps", used=maps, depth=0))
    if plan.used[Memory.EXTERNAL]:
        uses.append(memory(Memory.EXTERNAL))
    if plan.used[Memory.MODULATION]:
        uses.append(memory(Memory.MODULATION))
    if network.votes:
        uses.append(memory(Memory.VOTE))
    if network.channel_state:
        uses.append(memory(Memory.CHANNEL))
    if network.training.momentum_shift:
        depth = config.weight_depth * config.momentum
        used = plan.used[Memory.WEIGHT]
        velocities = MemoryUse(name="velocity memory", used=used, depth=depth)
        uses.insert(len(uses) if depth else 0, velocities)
    if network.basis == "cosine":
        uses.append(MemoryUse(name="bits of a basis entry", used=8, depth=config.basis_bits))
    return uses


def check_fit(plan: Plan) -> None:
    """FitError with the first limit that is exceeded, the largest batch that fits, and presets."""
    _check_rules(plan)
    use = _exceeded(plan)
    if use:
        raise FitError(
            f"Network {plan.network.name!r} with batch {plan.batch} does not fit: it needs "
            f"{use.used} of {use.depth} ({use.name}){_why(plan, use)}. {_remedy(plan)}"
        )


def _exceeded(plan: Plan) -> MemoryUse | None:
    """The first of the limits that a plan exceeds."""
    return next((use for use in limits(plan) if use.used > use.depth), None)


def _check_rules(plan: Plan) -> None:
    """FitError for what no size of a memory would help."""
    _check_layers(plan)
    if plan.windows and plan.network.training.momentum_shift:
        raise FitError(
            f"Network {plan.network.name!r} has momentum, and velocities stay on the chip; keep "
            "all weights there, or leave momentum out."
        )
    if plan.windows and not plan.config.external_depth:
        raise FitError(
            f"Weights of network {plan.network.name!r} are to live outside, but the engine has no "
            "external memory; take a preset with one, such as sdram."
        )


def _why(plan: Plan, use: MemoryUse) -> str:
    """How much of an external memory is missing: a board may have a larger chip. Which layer needs
    the windows of weights that come from there."""
    if use.name == Memory.WEIGHT and plan.windows:
        outside = [layer for layer in plan.layers if layer.outside]
        largest = max(outside, key=lambda layer: layer.tile_words)
        return (
            f", for {len(plan.windows)} windows that hold the {largest.tile_words} words of an "
            f"output tile of layer {largest.index + 1}, whose weights live outside"
        )
    if (
        use.name == Memory.WEIGHT
        and plan.config.external_depth
        and plan.network.training.momentum_shift
    ):
        return ", because with momentum no weights live outside"
    if use.name != Memory.EXTERNAL:
        return ""
    missing = (use.used - use.depth) * WEIGHT_BITS // 8
    return f", which is {missing:,} bytes more than its {use.depth * WEIGHT_BITS // 8:,}"


def fits(network: Network, config: Config, batch: int) -> bool:
    """Whether an engine trains the network in batches of that size."""
    plan = make_plan(network, config, batch)
    try:
        _check_rules(plan)
    except FitError:
        return False
    return _exceeded(plan) is None


def largest_batch(network: Network, config: Config, most: int) -> int:
    """The largest batch of at most `most` samples that fits the engine; 0 if none does."""
    if not fits(network, config, 1):
        return 0
    sizes = range(min(most, config.max_batch), 0, -1)
    return next((size for size in sizes if fits(network, config, size)), 0)


def _remedy(plan: Plan) -> str:
    """What would help a plan that exceeds a limit."""
    network, batch = plan.network, plan.batch
    smaller = largest_batch(network, plan.config, batch - 1)
    presets = [name for name, config in PRESETS.items() if fits(network, config, batch)]
    if presets:
        others = f"reset {' or '.join(presets)} would do."
        return f"Batch {smaller} fits; with batch {batch}, p{others}" if smaller else f"P{others}"
    if smaller:
        return f"Batch {smaller} fits."
    sizes = {name: largest_batch(network, config, batch) for name, config in PRESETS.items()}
    possible = [f"preset {name} with batch {size}" for name, size in sizes.items() if size]
    if possible:
        return f"No preset is large enough for batch {batch}; {' or '.join(possible)} would do."
    return "No preset is large enough: make the network smaller."


def _check_layers(plan: Plan) -> None:
    """FitError that names the first layer which no memory would help."""
    config, batch = plan.config, plan.batch
    for layer in plan.layers:
        where, shape = f"Layer {layer.index + 1} of network {plan.network.name!r}", layer.shape
        if batch * shape.pixels > MAX_BEATS:
            raise FitError(
                f"{where} has {batch * shape.pixels} pixels in a batch of {batch}; weight "
                f"gradients are exact up to {MAX_BEATS}: {_fewer(shape.pixels)}."
            )
        if not layer.packed and shape.stride * layer.x_word > MAX_STEP:
            raise FitError(
                f"{where} reads its input in steps of {shape.stride * layer.x_word} words; the "
                f"hardware takes up to {MAX_STEP}: give the layer fewer input channels or stride 1."
            )
        if layer.parts[-1][0] > MAX_FIRST:
            raise FitError(
                f"{where} is computed in parts, of which one begins at output tile "
                f"{layer.parts[-1][0]}; the hardware takes up to {MAX_FIRST}: take an array with "
                "more columns, or an engine whose memory holds all weights."
            )
        if max(shape.kernel_height, shape.kernel_width) > MAX_KERNEL:
            raise FitError(
                f"{where} reads a map of {shape.in_height} x {shape.in_width} pixels at once; the "
                f"hardware does up to {MAX_KERNEL} x {MAX_KERNEL}: put an averaging convolution "
                "before it."
            )
        beats = max(batch * shape.pixels, config.rows, MIN_PERIOD)
        tile = beats * shape.taps * layer.in_tiles
        if plan.network.channel_state and tile < config.cols:
            raise FitError(
                f"{where} computes {config.cols} channels in {tile} cycles; their statistics take "
                f"{config.cols}: make the batch or the layer's input larger, or leave out "
                "normalise and step."
            )
        if config.maps and shape.pool and shape.width > config.max_width:
            raise FitError(
                f"{where} pools a map {shape.width} pixels wide; the engine pools maps of up to "
                f"{config.max_width}: make the image narrower or use stride 2 instead."
            )


def _fewer(pixels: int) -> str:
    """What to do about too many pixels in a batch."""
    batch = MAX_BEATS // pixels
    return f"take a batch of {batch} or less" if batch else "make the layer's input smaller"
