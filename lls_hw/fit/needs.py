"""The smallest engine of an array that trains given networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import MAX_CHANNEL_DEPTH, MAX_MODULATION_DEPTH, MAX_VOTE_DEPTH, Config
from lls_hw.contract.memories import Memory
from lls_hw.network.network import Network
from lls_hw.program.fit import check_fit, limits
from lls_hw.program.plan import Plan, make_plan

__all__ = ["Job", "Shape", "sized"]

_DEPTHS: dict[str, str] = {
    Memory.WEIGHT: "weight_depth",
    Memory.ACTIVATION: "act_depth",
    Memory.IMAGE: "image_depth",
    Memory.LATENT: "latent_depth",
    Memory.SIGN: "sign_depth",
    Memory.MODULATION: "modulation_depth",
    Memory.CHANNEL: "channel_depth",
    Memory.VOTE: "vote_depth",
    "basis memory": "basis_depth",
    "program memory": "program_depth",
}
"""Field of the configuration for each of a plan's limits that is a depth."""
_OPTIONAL = {"modulation_depth", "channel_depth", "vote_depth"}
"""Depths of which 0 leaves an option out."""
_DEEPEST = 1 << 20
_MOST_CHANNELS = 4
"""Channels of images that the patch packer takes."""
_LAYERS = 8
"""Layers for which every engine has room; a layer costs next to nothing."""


@dataclass(frozen=True)
class Job:
    """A network, and how many samples of it make a training step."""

    network: Network
    batch: int


@dataclass(frozen=True)
class Shape:
    """What of an engine is no consequence of the networks."""

    rows: int
    cols: int
    lanes: int
    external: int = 0
    """Elements of the external memory."""
    weight_depth: int | None = None
    """Words for weights on the chip; None for as many as keep all of them there."""


def sized(jobs: Sequence[Job], shape: Shape) -> Config:
    """The smallest engine of that shape on which every job fits.

    FitError if no depth would help, ConfigError if there is no engine of that shape.
    """
    wide = _wide(jobs, shape)
    plans = [make_plan(job.network, wide, job.batch) for job in jobs]
    needs = {"batch": 2, "layers": _LAYERS, "classes": 2}
    for plan in plans:
        check_fit(plan)
        for use in limits(plan):
            needs[use.name] = max(needs.get(use.name, 0), use.used)
    depths: dict[str, Any] = {}
    for name, field in _DEPTHS.items():
        depth = _rounded(needs.get(name, 0))
        depths[field] = depth if field in _OPTIONAL else max(depth, 2)
    if shape.weight_depth is not None:
        depths["weight_depth"] = shape.weight_depth
    layers = [layer for plan in plans for layer in plan.layers]
    return replace(
        wide,
        **depths,
        max_batch=1 << (needs["batch"] - 1).bit_length(),
        max_layers=needs["layers"],
        max_classes=needs["classes"],
        basis_classes=needs["classes"],
        max_width=max([2, *(layer.shape.width for layer in layers if layer.shape.pool)]),
        maps=any(_maps(plan) for plan in plans),
        image_channels=wide.image_channels if any(layer.packed for layer in layers) else 1,
    )


def _maps(plan: Plan) -> bool:
    """Whether a plan needs an engine with maps."""
    return any((layer.shape.pixels, layer.shape.taps) != (1, 1) for layer in plan.layers)


def _wide(jobs: Sequence[Job], shape: Shape) -> Config:
    """An engine with whatever any engine can have, and the options that the networks ask for."""
    networks = [job.network for job in jobs]
    images = [net.input[0] for net in networks if net.input[0] <= _MOST_CHANNELS]
    channels, elements = max(images, default=1), 1 << ADDRESS_BITS
    return Config(
        rows=shape.rows,
        cols=shape.cols,
        lanes=shape.lanes,
        weight_depth=shape.weight_depth or min(_DEEPEST, elements // shape.cols),
        act_depth=min(_DEEPEST, elements // max(shape.rows, shape.cols)),
        latent_depth=1 << 16,
        sign_depth=_DEEPEST,
        image_channels=channels,
        image_depth=min(_DEEPEST, elements // (4 * channels)),
        max_width=255,
        max_classes=256,
        basis_depth=1 << 16,
        basis_bits=8 if any(net.basis == "cosine" for net in networks) else 2,
        modulation_depth=MAX_MODULATION_DEPTH * any(_modulated(net) for net in networks),
        channel_depth=MAX_CHANNEL_DEPTH * any(net.channel_state for net in networks),
        vote_depth=MAX_VOTE_DEPTH * any(net.votes for net in networks),
        external_depth=shape.external,
        momentum=any(net.training.momentum_shift > 0 for net in networks),
        max_batch=512,
        max_layers=16,
        program_depth=4096,
    )


def _modulated(network: Network) -> bool:
    """Whether a layer's modulation is trained."""
    return any(layer.modulation != "none" for layer in network.layers)


def _rounded(depth: int) -> int:
    """A depth with little more than is needed: what block RAMs have anyway."""
    step = 64 if depth <= 512 else 512
    return -(-depth // step) * step
