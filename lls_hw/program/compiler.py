"""Compiler: a network, an engine and a batch size become memory plan, program and cycle count."""

from dataclasses import dataclass
from functools import cached_property

from lls_hw.config import PRESETS, Config
from lls_hw.errors import LlsError
from lls_hw.formats import MAX_BEATS, MAX_FAN_IN
from lls_hw.network import LayerSettings, Network, layer_settings
from lls_hw.program.descriptor import Descriptor, Operation
from lls_hw.program.schedule import Span, order, run

__all__ = ["FitError", "LayerPlan", "MemoryUse", "Program", "compile_network"]


class FitError(LlsError, ValueError):
    """The network does not fit the engine."""


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """Where one layer lives. Addresses are in words of the memory they name."""

    index: int
    fan_in: int
    fan_out: int
    in_tiles: int
    out_tiles: int
    x_base: int
    x_stride: int
    weight_base: int
    weight_end: int
    act_base: int
    latent_base: int
    classifier: bool


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
        return 2 * self.batch * sum(layer.fan_in * layer.fan_out for layer in self.layers)

    @property
    def utilisation(self) -> float:
        """Share of all multiplier cycles of a training step that did one of `macs`."""
        return self.macs / (self.config.macs_per_cycle * self.train_cycles)


def _tiles(size: int, unit: int) -> int:
    return -(-size // unit)


def _plan(network: Network, config: Config, batch: int) -> tuple[tuple[LayerPlan, ...], int, int]:
    """Layer plans, input buffer size and end of the activation memory, regardless of depths."""
    word = config.act_word
    x_buffer = batch * _tiles(network.inputs, word)
    x_base, x_stride = 0, _tiles(network.inputs, word)
    act_end, weight_end, latent_end = 2 * x_buffer, 0, 0
    plans = []
    last = len(network.layers) - 1
    for index, (fan_in, layer) in enumerate(zip(network.fan_ins, network.layers, strict=True)):
        act_words = _tiles(layer.outputs, word)
        in_tiles, out_tiles = _tiles(fan_in, config.rows), act_words * (word // config.cols)
        if index == last:
            out_tiles = _tiles(layer.outputs, config.cols)
        words = in_tiles * out_tiles * config.rows
        plans.append(
            LayerPlan(
                index=index,
                fan_in=fan_in,
                fan_out=layer.outputs,
                in_tiles=in_tiles,
                out_tiles=out_tiles,
                x_base=x_base,
                x_stride=x_stride,
                weight_base=weight_end,
                weight_end=weight_end + words,
                act_base=act_end if index != last else 0,
                latent_base=latent_end,
                classifier=index == last,
            )
        )
        weight_end += words
        latent_end += batch * out_tiles
        if index != last:
            x_base, x_stride = act_end, act_words
            act_end += batch * act_words
    return tuple(plans), x_buffer, act_end


def _limits(network: Network, config: Config, batch: int) -> list[MemoryUse]:
    """What the network needs of everything that is limited."""
    plans, _, act_end = _plan(network, config, batch)
    classes = network.classes
    groups = _tiles(classes, config.lanes)
    widest = max((plan.fan_out for plan in plans[:-1]), default=0)
    count = len(plans)
    latents = sum(batch * plan.out_tiles for plan in plans)
    return [
        MemoryUse(name="weight memory", used=plans[-1].weight_end, depth=config.weight_depth),
        MemoryUse(name="activation memory", used=act_end, depth=config.act_depth),
        MemoryUse(name="accumulator memory", used=batch, depth=config.acc_depth),
        MemoryUse(name="latent memory", used=latents, depth=config.latent_depth),
        MemoryUse(name="basis memory", used=groups * widest, depth=config.basis_depth),
        MemoryUse(name="program memory", used=4 * count + 3, depth=config.program_depth),
        MemoryUse(name="batch", used=batch, depth=config.max_batch),
        MemoryUse(name="layers", used=count, depth=config.max_layers),
        MemoryUse(name="classes", used=classes, depth=config.max_classes),
    ]


def _check(network: Network, config: Config, batch: int) -> None:
    """FitError with the first limit that is exceeded and a preset that would do."""
    if batch < 1:
        raise FitError(f"The batch size is {batch}; it must be at least 1.")
    for fan_in, layer in zip(network.fan_ins, network.layers, strict=True):
        if fan_in > MAX_FAN_IN:
            raise FitError(
                f"A layer of network {network.name!r} has {fan_in} inputs; accumulators are exact "
                f"up to {MAX_FAN_IN}: make the layer before it smaller."
            )
        if layer.outputs > 4095:
            raise FitError(
                f"A layer of network {network.name!r} has {layer.outputs} outputs; "
                "the hardware counts up to 4095: make it smaller."
            )
    if batch > MAX_BEATS:
        raise FitError(f"The batch size is {batch}; weight gradients are exact up to {MAX_BEATS}.")
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


def _operations(
    plan: LayerPlan, setting: LayerSettings, base: Descriptor, x_buffer: int, act_stride: int
) -> dict[Operation, Descriptor]:
    """The three operations of a layer in a training step."""
    common = {
        **vars(base),
        "layer": plan.index,
        "classifier": plan.classifier,
        "headroom": setting.headroom,
        "logit_shift": setting.logit_shift,
        "temperature_shift": setting.temperature_shift,
        "update_offset": setting.update_offset,
        "length": plan.fan_out,
        "in_tiles": plan.in_tiles,
        "out_tiles": plan.out_tiles,
        "x_base": plan.x_base,
        "x_buffer": x_buffer if plan.index == 0 else 0,
        "x_stride": plan.x_stride,
        "weight_base": plan.weight_base,
        "act_base": plan.act_base,
        "act_stride": act_stride,
        "latent_base": plan.latent_base,
    }
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
    plans, x_buffer, _ = _plan(network, config, batch)
    if lr_shift is None:
        lr_shift = network.training.lr_shifts[0]
    settings = layer_settings(network, batch, lr_shift)
    stride = config.basis_depth // _tiles(network.classes, config.lanes)
    base = Descriptor(
        operation=Operation.END,
        train=True,
        samples=batch,
        classes=network.classes,
        basis_stride=stride,
    )
    layers = [
        _operations(plan, setting, base, x_buffer, _tiles(plan.fan_out, config.act_word))
        for plan, setting in zip(plans, settings, strict=True)
    ]
    end = Descriptor(**{**vars(base), "wait_array": True, "wait_local": True})
    train = order(config, [d for layer in layers for d in layer.values()], _needs)
    needed = [layer[Operation.FORWARD] for layer in layers] + [layers[-1][Operation.LOCAL]]
    infer = order(config, [Descriptor(**{**vars(d), "train": False}) for d in needed], _needs)
    return Program(
        network=network,
        config=config,
        batch=batch,
        layers=plans,
        x_buffer=x_buffer,
        basis_stride=stride,
        memories=tuple(_limits(network, config, batch)),
        train=(*train, end),
        infer=(*infer, Descriptor(**{**vars(end), "train": False})),
    )
