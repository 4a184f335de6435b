"""Whether a network fits an engine, and what would help if it does not."""

from dataclasses import dataclass

from lls_hw.contract.config import PRESETS, Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import MAX_BEATS
from lls_hw.errors import LlsError
from lls_hw.network.network import Network
from lls_hw.program.plan import plan_layers, tiles

__all__ = ["FitError", "MemoryUse", "check_fit", "limits"]

MAX_KERNEL = (1 << FIELDS["kernel_height"]) - 1
"""Largest side of a map that a fully connected layer reads at once."""


class FitError(LlsError, ValueError):
    """The network does not fit the engine."""


@dataclass(frozen=True, kw_only=True)
class MemoryUse:
    """How full one memory is, in its own words."""

    name: str
    used: int
    depth: int


def limits(network: Network, config: Config, batch: int) -> list[MemoryUse]:
    """What the network needs of everything that is limited."""
    plans, x_buffer = plan_layers(network, config, batch)
    end = plans[-1]
    images = 2 * x_buffer if plans[0].packed else 0
    classes = network.classes
    groups = tiles(classes, config.lanes)
    widest = max((plan.shape.latents for plan in plans[:-1]), default=0)
    count = len(plans)
    maps = sum((shape.pixels, shape.taps) != (1, 1) for shape in (plan.shape for plan in plans))
    uses = [
        MemoryUse(name="weight memory", used=end.weight_end, depth=config.weight_depth),
        MemoryUse(name="activation memory", used=end.act_end, depth=config.act_depth),
        MemoryUse(name="image memory", used=images, depth=config.image_depth),
        MemoryUse(name="latent memory", used=end.latent_end, depth=config.latent_depth),
        MemoryUse(name="sign memory", used=end.sign_end, depth=config.sign_depth),
        MemoryUse(name="basis memory", used=groups * widest, depth=config.basis_depth),
        MemoryUse(name="program memory", used=4 * count + 3, depth=config.program_depth),
        MemoryUse(name="batch", used=batch, depth=config.max_batch),
        MemoryUse(name="layers", used=count, depth=config.max_layers),
        MemoryUse(name="classes", used=classes, depth=config.max_classes),
    ]
    if maps and not config.maps:
        uses.insert(0, MemoryUse(name="layers with maps", used=maps, depth=0))
    if end.modulation_end:
        used, depth = end.modulation_end, config.modulation_depth
        uses.append(MemoryUse(name="modulation memory", used=used, depth=depth))
    if network.training.momentum_shift:
        depth = config.weight_depth * config.momentum
        uses.append(MemoryUse(name="velocity memory", used=end.weight_end, depth=depth))
    if network.basis == "cosine":
        uses.append(MemoryUse(name="bits of a basis entry", used=8, depth=config.basis_bits))
    return uses


def check_fit(network: Network, config: Config, batch: int) -> None:
    """FitError with the first limit that is exceeded and a preset that would do."""
    if batch < 1:
        raise FitError(f"The batch size is {batch}; it must be at least 1.")
    _check_layers(network, config, batch)
    for use in limits(network, config, batch):
        if use.used > use.depth:
            fitting = [
                name
                for name, other in PRESETS.items()
                if all(u.used <= u.depth for u in limits(network, other, batch))
            ]
            remedy = (
                f"Preset {' or '.join(fitting)} would do."
                if fitting
                else "No preset is large enough: make the network or the batch smaller."
            )
            raise FitError(
                f"Network {network.name!r} with batch {batch} does not fit: it needs {use.used} "
                f"of {use.depth} ({use.name}). {remedy}"
            )


def _check_layers(network: Network, config: Config, batch: int) -> None:
    """FitError that names the first layer which no memory would help."""
    plans, _ = plan_layers(network, config, batch)
    for plan in plans:
        where, shape = f"Layer {plan.index + 1} of network {network.name!r}", plan.shape
        if batch * shape.pixels > MAX_BEATS:
            raise FitError(
                f"{where} has {batch * shape.pixels} pixels in a batch of {batch}; weight "
                f"gradients are exact up to {MAX_BEATS}: make the batch smaller."
            )
        if max(shape.kernel_height, shape.kernel_width) > MAX_KERNEL:
            raise FitError(
                f"{where} reads a map of {shape.in_height} x {shape.in_width} pixels at once; the "
                f"hardware does up to {MAX_KERNEL} x {MAX_KERNEL}: put an averaging convolution "
                "before it."
            )
        if config.maps and shape.pool and shape.width > config.max_width:
            raise FitError(
                f"{where} pools a map {shape.width} pixels wide; the engine pools maps of up to "
                f"{config.max_width}: make the image narrower or use stride 2 instead."
            )
