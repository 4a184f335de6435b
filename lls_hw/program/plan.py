"""Plan: where each layer of a network lives in an engine's memories."""

from dataclasses import dataclass, replace

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.memories import Memory
from lls_hw.contract.modulation import MODULATIONS, modulation_words
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.network.geometry import LayerShape
from lls_hw.network.network import IMAGE, Network
from lls_hw.program.allocator import Allocator, Region

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
    inputs: Region
    """What the layer reads: the outputs of its source, or the buffers of the images."""
    weights: Region
    outputs: Region
    """Empty for the classifier, whose outputs are the latents."""
    latents: Region
    errors: Region
    signs: Region
    modulations: Region
    channels: Region
    """States of the output channels, of whole output tiles."""

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


def make_plan(network: Network, config: Config, batch: int) -> Plan:
    """Places every layer; whether it fits is another question (`fit`)."""
    memories, word = Allocator(), config.act_word
    images: Region | None = None
    plans: list[LayerPlan] = []
    for index, (geometry, source) in enumerate(zip(network.geometry, network.sources, strict=True)):
        shape, packed = _shape(geometry, source == IMAGE, config)
        if source == IMAGE:
            inputs = images = _image_buffers(memories, shape, packed, config, batch)
        else:
            inputs = plans[source].outputs
        classifier = index == network.classifier
        act_word = tiles(shape.channels, word)
        in_tiles = tiles(shape.in_channels, config.rows)
        out_tiles = act_word * (word // config.cols)
        if classifier:
            out_tiles = tiles(shape.channels, config.cols)
        _, height, width = shape.output
        kind = network.layers[index].modulation
        latents = batch * shape.cells**2 * out_tiles
        inner = batch * (not classifier)
        plans.append(
            LayerPlan(
                index=index,
                shape=shape,
                classifier=classifier,
                packed=packed,
                x_word=tiles(shape.in_channels, word),
                act_word=act_word,
                in_tiles=in_tiles,
                out_tiles=out_tiles,
                modulation=MODULATIONS.index(kind),
                inputs=inputs,
                weights=memories.place(
                    Memory.WEIGHT, shape.taps * in_tiles * out_tiles * config.rows
                ),
                outputs=memories.place(Memory.ACTIVATION, inner * height * width * act_word),
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
    used = {memory: memories.used(memory) for memory in Memory}
    return Plan(
        network=network, config=config, batch=batch, layers=tuple(plans), images=images, used=used
    )
