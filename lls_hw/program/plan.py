"""Plan: where each layer of a network lives in an engine's memories."""

from dataclasses import dataclass, replace

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.memories import Memory
from lls_hw.contract.modulation import MODULATIONS, modulation_words
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.network.geometry import LayerShape
from lls_hw.network.network import IMAGE, Network
from lls_hw.program.allocator import Allocator, Region
from lls_hw.program.placement import (
    LEAST_WINDOWS,
    MOST_WINDOWS,
    LayerSize,
    PlacementError,
    choose_outside,
    window_words,
)

__all__ = ["LayerPlan", "Plan", "make_plan", "tiles"]


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """Where one layer lives. Addresses are in words of the memory they name.

    `shape` is the layer as the array sees it: where a kernel covers words that follow each other,
    it is one pixel with more channels. `weights` are the (fan_in, fan_out) of the network.
    """

    index: int
    shape: LayerShape
    classifier: bool
    packed: bool
    """The input comes through the patch packer."""
    x_word: int
    """Words of one pixel of the input map."""
    act_word: int
    """Words of one pixel of the output map."""
    in_tiles: int
    out_tiles: int
    modulation: int
    """Number of its kind in `contract.modulation.MODULATIONS`."""
    rows: int
    """Of the array."""
    part_tiles: int
    """Most output tiles of one operation."""
    inputs: Region
    """What the layer reads: the outputs of its source, or the buffers of the images."""
    weights: Region
    """Empty if they live outside."""
    external: Region
    """Empty if the weights live on the chip."""
    outputs: Region
    """Empty for the classifier, whose outputs are the latents."""
    latents: Region
    errors: Region
    signs: Region
    modulations: Region
    channels: Region
    """States of the output channels, of whole output tiles."""

    @property
    def outside(self) -> bool:
        """The weights live in the external memory."""
        return self.external.words > 0

    @property
    def tile_words(self) -> int:
        """Words of the weight memory for an output tile's weights."""
        return self.shape.taps * self.in_tiles * self.rows

    @property
    def parts(self) -> list[tuple[int, int]]:
        """First output tile, and number of output tiles, of each operation."""
        firsts = range(0, self.out_tiles, self.part_tiles)
        return [(first, min(self.part_tiles, self.out_tiles - first)) for first in firsts]

    @property
    def forward_parts(self) -> list[tuple[int, int]]:
        """The same of FORWARD alone, which is cut only where weights have to be moved."""
        return self.parts if self.outside else [(0, self.out_tiles)]

    @property
    def tiling(self) -> tuple[int, int, int]:
        """Taps, input tiles and output tiles, in which the weights are packed."""
        return self.shape.taps, self.in_tiles, self.out_tiles

    @property
    def fan_in(self) -> int:
        """Inputs of one output."""
        return self.shape.fan_in

    @property
    def fan_out(self) -> int:
        """Output channels."""
        return self.shape.channels


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All layers of a network on an engine, regardless of depths."""

    network: Network
    config: Config
    batch: int
    layers: tuple[LayerPlan, ...]
    images: Region
    """Buffers of the images, one after the other."""
    windows: tuple[Region, ...]
    """Places in the weight memory, all of one size, that weights from outside are moved to."""
    used: dict[Memory, int]
    """Words of each memory, up to the last one that is used."""

    @property
    def x_buffer(self) -> int:
        """Words from the first buffer of the images to the second."""
        return self.images.words // INPUT_BUFFERS


def tiles(size: int, unit: int) -> int:
    """Units that hold `size`."""
    return -(-size // unit)


def _seen_by_array(shape: LayerShape, first: bool, word: int) -> LayerShape:
    """A kernel as large as its input map, which has no gaps, is one pixel with more channels."""
    kernel, size = (shape.kernel_height, shape.kernel_width), (shape.in_height, shape.in_width)
    if kernel == size and shape.pad == 0 and (first or shape.in_channels % word == 0):
        return replace(
            shape, in_channels=shape.fan_in, in_height=1, in_width=1, kernel_height=1,
            kernel_width=1,
        )  # fmt: skip
    return shape


def _packed(shape: LayerShape, first: bool, config: Config) -> bool:
    """Whether the patch packer takes a layer: a 3 x 3 convolution of images of its channels."""
    return (
        first
        and (shape.kernel_height, shape.kernel_width, shape.stride, shape.pad) == (3, 3, 1, 1)
        and shape.in_channels in (1, config.image_channels)
        and shape.width <= config.acc_depth
    )


def _shape(geometry: LayerShape, image: bool, config: Config) -> tuple[LayerShape, bool]:
    """A layer as the array sees it, and whether the patch packer takes it."""
    if _packed(geometry, image, config):
        shape = replace(
            geometry, in_channels=geometry.fan_in, kernel_height=1, kernel_width=1, pad=0
        )
        return shape, True
    return _seen_by_array(geometry, image, config.act_word), False


def _image_buffers(
    memories: Allocator, shape: LayerShape, packed: bool, config: Config, batch: int
) -> Region:
    """Room for the images of two batches, in words of the memory that the first layer reads."""
    if packed:
        words = tiles(batch * shape.height, IMAGE_BANKS) * shape.width
        return memories.place(Memory.IMAGE, INPUT_BUFFERS * words)
    pixels = batch * shape.in_height * shape.in_width
    words = pixels * tiles(shape.in_channels, config.act_word)
    return memories.place(Memory.ACTIVATION, INPUT_BUFFERS * words)


@dataclass(frozen=True, kw_only=True)
class _Tiling:
    """A layer as the array sees it, in tiles."""

    shape: LayerShape
    packed: bool
    x_word: int
    act_word: int
    in_tiles: int
    out_tiles: int
    size: LayerSize


def _tiling(network: Network, index: int, config: Config, batch: int) -> _Tiling:
    """Tiles of a layer."""
    image = network.sources[index] == IMAGE
    shape, packed = _shape(network.geometry[index], image, config)
    group = config.act_word // config.cols
    act_word, in_tiles = (
        tiles(shape.channels, config.act_word),
        tiles(shape.in_channels, config.rows),
    )
    out_tiles = act_word * group
    if index == network.classifier:
        out_tiles = tiles(shape.channels, config.cols)
    return _Tiling(
        shape=shape,
        packed=packed,
        x_word=tiles(shape.in_channels, config.act_word),
        act_word=act_word,
        in_tiles=in_tiles,
        out_tiles=out_tiles,
        size=LayerSize(
            tile_words=shape.taps * in_tiles * config.rows,
            out_tiles=out_tiles,
            group=group,
            pixels=batch * shape.pixels,
            rows=config.rows,
        ),
    )


def _windows(memories: Allocator, words: int, depth: int) -> tuple[Region, ...]:
    """As many windows as fit beside the weights that stay, two at least."""
    if not words:
        return ()
    free = (depth - memories.used(Memory.WEIGHT)) // words
    count = min(max(free, LEAST_WINDOWS), MOST_WINDOWS)
    return tuple(memories.place(Memory.WEIGHT, words) for _ in range(count))


def make_plan(
    network: Network, config: Config, batch: int, outside: frozenset[int] | None = None
) -> Plan:
    """Places every layer; whether it fits is another question (`fit`).

    The weights of the layers `outside` live in the external memory; by default, those that
    `placement.choose_outside` names.
    """
    memories = Allocator()
    layers = [_tiling(network, index, config, batch) for index in range(len(network.geometry))]
    sizes = [layer.size for layer in layers]
    if outside is not None and not set(outside) <= set(range(len(layers))):
        raise PlacementError(
            f"The layers outside are {sorted(outside)}; network {network.name!r} has layers 0 to "
            f"{len(layers) - 1}."
        )
    if outside is None:  # velocities stay beside the weights
        momentum = network.training.momentum_shift > 0
        outside = frozenset() if momentum else choose_outside(sizes, config)
    window = window_words(sizes, outside)
    images: Region | None = None
    plans: list[LayerPlan] = []
    for index, (layer, source) in enumerate(zip(layers, network.sources, strict=True)):
        shape, out_tiles = layer.shape, layer.out_tiles
        if source == IMAGE:
            inputs = images = _image_buffers(memories, shape, layer.packed, config, batch)
        else:
            inputs = plans[source].outputs
        classifier = index == network.classifier
        _, height, width = shape.output
        kind = network.layers[index].modulation
        latents = batch * shape.cells**2 * out_tiles
        inner = batch * (not classifier)
        stays = index not in outside
        plans.append(
            LayerPlan(
                index=index,
                shape=shape,
                classifier=classifier,
                packed=layer.packed,
                x_word=layer.x_word,
                act_word=layer.act_word,
                in_tiles=layer.in_tiles,
                out_tiles=out_tiles,
                modulation=MODULATIONS.index(kind),
                rows=config.rows,
                part_tiles=layer.size.part_tiles(window) if outside else out_tiles,
                inputs=inputs,
                weights=memories.place(Memory.WEIGHT, stays * layer.size.words),
                external=memories.place(
                    Memory.EXTERNAL, (not stays) * layer.size.words * config.cols
                ),
                outputs=memories.place(Memory.ACTIVATION, inner * height * width * layer.act_word),
                latents=memories.place(Memory.LATENT, latents),
                errors=memories.place(Memory.ERROR, latents),
                signs=memories.place(Memory.SIGN, inner * shape.pixels * out_tiles),
                modulations=memories.place(
                    Memory.MODULATION, modulation_words(kind, network.classes)
                ),
                channels=memories.place(
                    Memory.CHANNEL, network.channel_state * out_tiles * config.cols
                ),
            )
        )
    assert images is not None  # every network reads its images
    memories.place(Memory.VOTE, network.votes * batch * network.classes)
    windows = _windows(memories, window, config.weight_depth)
    used = {memory: memories.used(memory) for memory in Memory}
    return Plan(
        network=network,
        config=config,
        batch=batch,
        layers=tuple(plans),
        images=images,
        windows=windows,
        used=used,
    )
