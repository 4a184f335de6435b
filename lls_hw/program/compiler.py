"""Compiler: a network, an engine and a batch size become memory plan, program and cycle count."""

from dataclasses import dataclass, replace
from functools import cached_property

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS, Descriptor, Operation
from lls_hw.contract.formats import MAX_BEATS
from lls_hw.network.layer_settings import LayerSettings, layer_settings
from lls_hw.network.network import Network
from lls_hw.program.fit import MemoryUse, check_fit, limits
from lls_hw.program.plan import LayerPlan, plan_layers, tiles
from lls_hw.program.schedule import Span, order, run

__all__ = ["Program", "compile_network"]

MAX_STRIDE = (1 << FIELDS["basis_stride"]) - 1
"""Most words of the basis memory between two groups of classes."""


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
    check_fit(network, config, batch)
    plans, x_buffer = plan_layers(network, config, batch)
    if lr_shift is None:
        lr_shift = network.training.lr_shifts[0]
    settings = layer_settings(network, batch, lr_shift)
    stride = min(config.basis_depth // tiles(network.classes, config.lanes), MAX_STRIDE)
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
        memories=tuple(limits(network, config, batch)),
        train=(*train, end),
        infer=(*infer, replace(end, train=False)),
    )
