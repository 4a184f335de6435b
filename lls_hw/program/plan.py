"""Memory plan: where each layer of a network lives in an engine's memories."""

from dataclasses import dataclass, replace

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.modulation import MODULATIONS, modulation_words
from lls_hw.network.geometry import LayerShape
from lls_hw.network.network import Network

__all__ = ["LayerPlan", "plan_layers", "tiles"]


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
    x_base: int
    x_word: int
    """Words of one pixel of the input map."""
    in_tiles: int
    out_tiles: int
    weight_base: int
    weight_end: int
    act_base: int
    act_word: int
    """Words of one pixel of the output map."""
    act_end: int
    latent_base: int
    latent_end: int
    sign_base: int
    sign_end: int
    modulation: int
    """Number of its kind in `lls_hw.contract.modulation.MODULATIONS`."""
    modulation_base: int
    modulation_end: int

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


def plan_layers(network: Network, config: Config, batch: int) -> tuple[tuple[LayerPlan, ...], int]:
    """Layer plans and size of an input buffer, regardless of depths."""
    word = config.act_word
    x_base, weights, latents, signs, modulations = 0, 0, 0, 0, 0
    plans: list[LayerPlan] = []
    last = len(network.layers) - 1
    x_buffer = act = 0
    for index, geometry in enumerate(network.geometry):
        shape = _seen_by_array(geometry, index == 0, word)
        x_word = tiles(shape.in_channels, word)
        packed = _packed(geometry, index == 0, config)
        if packed:
            shape = replace(shape, in_channels=shape.fan_in, kernel_height=1, kernel_width=1, pad=0)
            x_buffer = tiles(batch * shape.height, IMAGE_BANKS) * shape.width
        elif index == 0:
            x_buffer = batch * shape.in_height * shape.in_width * x_word
            act = 2 * x_buffer
        classifier = index == last
        act_word = tiles(shape.channels, word)
        in_tiles = tiles(shape.in_channels, config.rows)
        out_tiles = act_word * (word // config.cols)
        if classifier:
            out_tiles = tiles(shape.channels, config.cols)
        _, height, width = shape.output
        kind = network.layers[index].modulation
        plan = LayerPlan(
            index=index,
            shape=shape,
            classifier=classifier,
            packed=packed,
            x_base=x_base,
            x_word=x_word,
            in_tiles=in_tiles,
            out_tiles=out_tiles,
            weight_base=weights,
            weight_end=weights + shape.taps * in_tiles * out_tiles * config.rows,
            act_base=act,
            act_word=act_word,
            act_end=act + (0 if classifier else batch * height * width * act_word),
            latent_base=latents,
            latent_end=latents + batch * shape.cells**2 * out_tiles,
            sign_base=signs,
            sign_end=signs + (0 if classifier else batch * shape.pixels * out_tiles),
            modulation=MODULATIONS.index(kind),
            modulation_base=modulations,
            modulation_end=modulations + modulation_words(kind, network.classes),
        )
        plans.append(plan)
        x_base = act
        act, weights = plan.act_end, plan.weight_end
        latents, signs = plan.latent_end, plan.sign_end
        modulations = plan.modulation_end
    return tuple(plans), x_buffer
