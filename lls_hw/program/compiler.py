"""Compiler: a network, an engine and a batch size become memory plan, program and cycle count."""

from dataclasses import dataclass, replace
from functools import cached_property

from lls_hw.config import IMAGE_BANKS, PRESETS, Config
from lls_hw.errors import LlsError
from lls_hw.formats import MAX_BEATS
from lls_hw.geometry import LayerShape
from lls_hw.modulation import MODULATIONS, modulation_words
from lls_hw.network import LayerSettings, Network, layer_settings
from lls_hw.program.descriptor import FIELDS, Descriptor, Operation
from lls_hw.program.schedule import Span, order, run

__all__ = ["FitError", "LayerPlan", "MemoryUse", "Program", "compile_network"]

MAX_KERNEL = (1 << FIELDS["kernel_height"]) - 1
"""Largest side of a map that a fully connected layer reads at once."""
MAX_STRIDE = (1 << FIELDS["basis_stride"]) - 1
"""Most words of the basis memory between two groups of classes."""


class FitError(LlsError, ValueError):
    """The network does not fit the engine."""


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
    """Number of its kind in `lls_hw.modulation.MODULATIONS`."""
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


@dataclass(frozen=True, kw_only=True)
class MemoryUse:
    """How full one memory is, in its own words."""

    name: str
    used: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything the driver needs to run a network on an engine."""

    network: Network
    config: Config
    batch: int
    layers: tuple[LayerPlan, ...]
    x_buffer: int
    """Words from the first input buffer to the second."""
    basis_stride: int
    memories: tuple[MemoryUse, ...]
    train: tuple[Descriptor, ...]
    infer: tuple[Descriptor, ...]

    @property
    def infer_start(self) -> int:
        """Number of the first descriptor of the inference program; training begins at 0."""
        return len(self.train)

    def words(self) -> list[int]:
        """Elements of `Space.PROGRAM`."""
        return [word for d in (*self.train, *self.infer) for word in d.words()]

    @cached_property
    def _train_run(self) -> tuple[list[Span], int]:
        return run(self.config, self.train)

    @property
    def spans(self) -> list[Span]:
        """When each operation of a training step runs."""
        return self._train_run[0]

    @property
    def train_cycles(self) -> int:
        """Exact cycles of a training step; equals the board's CYCLES register."""
        return self._train_run[1]

    @cached_property
    def infer_cycles(self) -> int:
        """Exact cycles of an inference run."""
        return run(self.config, self.infer)[1]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the network in one training step, without padding."""
        return 2 * self.batch * sum(shape.macs for shape in self.network.geometry)

    @property
    def utilisation(self) -> float:
        """Share of all multiplier cycles of a training step that did one of `macs`."""
        return self.macs / (self.config.macs_per_cycle * self.train_cycles)


def _tiles(size: int, unit: int) -> int:
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


def _plan(network: Network, config: Config, batch: int) -> tuple[tuple[LayerPlan, ...], int]:
    """Layer plans and size of an input buffer, regardless of depths."""
    word = config.act_word
    x_base, weights, latents, signs, modulations = 0, 0, 0, 0, 0
    plans: list[LayerPlan] = []
    last = len(network.layers) - 1
    x_buffer = act = 0
    for index, geometry in enumerate(network.geometry):
        shape = _seen_by_array(geometry, index == 0, word)
        x_word = _tiles(shape.in_channels, word)
        packed = _packed(geometry, index == 0, config)
        if packed:
            shape = replace(
                shape, in_channels=shape.fan_in, kernel_height=1, kernel_width=1, pad=0
            )
            x_buffer = _tiles(batch * shape.height, IMAGE_BANKS) * shape.width
        elif index == 0:
            x_buffer = batch * shape.in_height * shape.in_width * x_word
            act = 2 * x_buffer
        classifier = index == last
        act_word = _tiles(shape.channels, word)
        in_tiles = _tiles(shape.in_channels, config.rows)
        out_tiles = act_word * (word // config.cols)
        if classifier:
            out_tiles = _tiles(shape.channels, config.cols)
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


def _limits(network: Network, config: Config, batch: int) -> list[MemoryUse]:
    """What the network needs of everything that is limited."""
    plans, x_buffer = _plan(network, config, batch)
    end = plans[-1]
    images = 2 * x_buffer if plans[0].packed else 0
    classes = network.classes
    groups = _tiles(classes, config.lanes)
    widest = max((plan.shape.latents for plan in plans[:-1]), default=0)
    count = len(plans)
    maps = sum((shape.pixels, shape.taps) != (1, 1) for shape in (plan.shape for plan in plans))
    uses = [
        *([MemoryUse(name="layers with maps", used=maps, depth=0)] * (maps and not config.maps)),
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
    if end.modulation_end:
        used, depth = end.modulation_end, config.modulation_depth
        uses.append(MemoryUse(name="modulation memory", used=used, depth=depth))
    if network.basis == "cosine":
        uses.append(MemoryUse(name="bits of a basis entry", used=8, depth=config.basis_bits))
    return uses


def _check(network: Network, config: Config, batch: int) -> None:
    """FitError with the first limit that is exceeded and a preset that would do."""
    if batch < 1:
        raise FitError(f"The batch size is {batch}; it must be at least 1.")
    _check_layers(network, config, batch)
    for use in _limits(network, config, batch):
        if use.used > use.depth:
            fitting = [
                name
                for name, other in PRESETS.items()
                if all(u.used <= u.depth for u in _limits(network, other, batch))
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
    plans, _ = _plan(network, config, batch)
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


def _operations(
    plan: LayerPlan, setting: LayerSettings, base: Descriptor, x_buffer: int, band: int
) -> dict[Operation, Descriptor]:
    """The three operations of a layer in a training step."""
    shape, word = plan.shape, plan.x_word
    row = shape.in_width * word
    below, right = ((n - 1) * shape.stride for n in (shape.height, shape.width))
    common = {
        **vars(base),
        "layer": plan.index,
        "classifier": plan.classifier,
        "headroom": setting.headroom,
        "logit_shift": setting.logit_shift,
        "temperature_shift": setting.temperature_shift,
        "update_offset": setting.update_offset,
        "pixels": base.samples * shape.pixels,
        "band": band // shape.width * shape.width if plan.packed else band,
        "packed": plan.packed,
        "out_width": shape.width,
        "out_height": shape.height,
        "cell_bits": shape.cells.bit_length() - 1,
        "channels": shape.channels,
        "in_channels": shape.in_channels,
        "in_tiles": plan.in_tiles,
        "out_tiles": plan.out_tiles,
        "kernel_width": shape.kernel_width,
        "kernel_height": shape.kernel_height,
        "pad_first": shape.pad > 0,
        "pad_right": right + shape.kernel_width > shape.in_width + shape.pad,
        "pad_bottom": below + shape.kernel_height > shape.in_height + shape.pad,
        "pool": shape.pool,
        "average": shape.average,
        "average_shift": shape.average_shift,
        "x_base": plan.x_base - shape.pad * (row + word),
        "x_buffer": x_buffer if plan.index == 0 else 0,
        "x_step": shape.stride * word,
        "x_row_step": shape.stride * row - right * word,
        "x_sample_step": shape.in_height * row - below * row - right * word,
        "tap_step": word,
        "tap_row_step": row,
        "weight_base": plan.weight_base,
        "act_base": plan.act_base,
        "act_stride": plan.act_word,
        "latent_base": plan.latent_base,
        "sign_base": plan.sign_base,
        "cosine": setting.basis_shift > 0,
        "modulation": plan.modulation,
        "modulation_shift": setting.modulation_shift if plan.modulation else 0,
        "modulation_base": plan.modulation_base if plan.modulation else 0,
    }
    if plan.packed:
        back = 1 - shape.width
        common |= {"x_step": 1, "x_row_step": back, "x_sample_step": back}
    return {
        operation: Descriptor(**{**common, "operation": operation})
        for operation in (Operation.FORWARD, Operation.LOCAL, Operation.GRADIENT)
    }


def _needs(a: Descriptor, b: Descriptor) -> bool:
    """Whether operation a needs the result of b."""
    if a.operation == Operation.FORWARD:
        return b.operation == Operation.FORWARD and b.layer == a.layer - 1
    earlier = Operation.FORWARD if a.operation == Operation.LOCAL else Operation.LOCAL
    return b.operation == earlier and b.layer == a.layer


def compile_network(
    network: Network, config: Config, batch: int, lr_shift: int | None = None
) -> Program:
    """Program of a network; FitError says what does not fit and what to do.

    `batch` samples a step, learning rate 2**-lr_shift (default: the network's first).
    """
    _check(network, config, batch)
    plans, x_buffer = _plan(network, config, batch)
    if lr_shift is None:
        lr_shift = network.training.lr_shifts[0]
    settings = layer_settings(network, batch, lr_shift)
    stride = min(config.basis_depth // _tiles(network.classes, config.lanes), MAX_STRIDE)
    base = Descriptor(
        operation=Operation.END,
        train=True,
        samples=batch,
        classes=network.classes,
        basis_stride=stride,
    )
    layers = [
        _operations(plan, setting, base, x_buffer, min(config.acc_depth, MAX_BEATS))
        for plan, setting in zip(plans, settings, strict=True)
    ]
    end = replace(base, wait_array=True, wait_local=True)
    train = order(config, [d for layer in layers for d in layer.values()], _needs)
    needed = [layer[Operation.FORWARD] for layer in layers] + [layers[-1][Operation.LOCAL]]
    infer = order(config, [replace(d, train=False) for d in needed], _needs)
    return Program(
        network=network,
        config=config,
        batch=batch,
        layers=plans,
        x_buffer=x_buffer,
        basis_stride=stride,
        memories=tuple(_limits(network, config, batch)),
        train=(*train, end),
        infer=(*infer, replace(end, train=False)),
    )
