"""Compiler: a network, an engine and a batch size become plan, program and cycle count."""

from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from lls_hw.contract.channels import (
    deviation_target,
    pixel_shift,
    pixel_stride,
    power_target,
    row_shift,
    row_stride,
)
from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import (
    FIELDS,
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
    MoveDescriptor,
)
from lls_hw.contract.formats import MAX_BEATS
from lls_hw.contract.units import Operation, units_of
from lls_hw.network.layer_settings import LayerSettings, layer_settings
from lls_hw.network.network import IMAGE, Network
from lls_hw.program.fit import FitError, MemoryUse, check_fit, limits
from lls_hw.program.order import Job, order
from lls_hw.program.plan import LayerPlan, Plan, make_plan, tiles
from lls_hw.program.schedule import SharedMemory, Span, memory_wait_cycles, run

__all__ = ["Program", "compile_network"]

MAX_STRIDE = (1 << FIELDS["basis_stride"]) - 1
"""Most words of the basis memory between two groups of classes."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything the driver needs to run a network on an engine."""

    plan: Plan
    basis_stride: int
    train: tuple[Descriptor, ...]
    infer: tuple[Descriptor, ...]

    @property
    def network(self) -> Network:
        """What is trained."""
        return self.plan.network

    @property
    def config(self) -> Config:
        """The engine."""
        return self.plan.config

    @property
    def batch(self) -> int:
        """Samples of one step."""
        return self.plan.batch

    @property
    def layers(self) -> tuple[LayerPlan, ...]:
        """Where each layer lives."""
        return self.plan.layers

    @property
    def memories(self) -> tuple[MemoryUse, ...]:
        """How full everything is that is limited."""
        return tuple(limits(self.plan))

    @property
    def infer_start(self) -> int:
        """Number of the first descriptor of the inference program; training begins at 0."""
        return len(self.train)

    def elements(self) -> list[int]:
        """Elements of `Space.PROGRAM`."""
        return [element for d in (*self.train, *self.infer) for element in d.elements()]

    @cached_property
    def _train_run(self) -> tuple[list[Span], int]:
        return run(SharedMemory(self.config), self.train)

    @property
    def spans(self) -> list[Span]:
        """When each operation of a training step runs."""
        return self._train_run[0]

    @property
    def train_cycles(self) -> int:
        """Cycles of a training step. Exact, and equal to the board's CYCLES register, if no weights
        live outside; else as the external memory is expected to answer."""
        return self._train_run[1]

    @property
    def memory_wait(self) -> int:
        """Cycles of a training step in which the array is expected to wait for the mover alone."""
        return memory_wait_cycles(SharedMemory(self.config), self.train)

    @cached_property
    def infer_cycles(self) -> int:
        """Cycles of an inference run, as `train_cycles`."""
        return run(SharedMemory(self.config), self.infer)[1]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the network in one training step, without padding."""
        return 2 * self.batch * sum(shape.macs for shape in self.network.geometry)

    @property
    def utilisation(self) -> float:
        """Share of all multiplier cycles of a training step that did one of `macs`."""
        return self.macs / (self.config.macs_per_cycle * self.train_cycles)


def _array_operations(
    plan: Plan, layer: LayerPlan, setting: LayerSettings
) -> tuple[ArrayDescriptor, ArrayDescriptor]:
    """FORWARD and GRADIENT of a layer in a training step."""
    shape, word = layer.shape, layer.x_word
    row = shape.in_width * word
    below, right = ((n - 1) * shape.stride for n in (shape.height, shape.width))
    band = min(plan.config.acc_depth, MAX_BEATS)
    network = plan.network
    image = network.sources[layer.index] == IMAGE
    forward = ArrayDescriptor(
        train=True,
        layer=layer.index,
        classifier=layer.classifier,
        headroom=setting.headroom,
        logit_shift=setting.logit_shift,
        update_offset=setting.update_offset,
        samples=plan.batch,
        pixels=plan.batch * shape.pixels,
        band=band // shape.width * shape.width if layer.packed else band,
        packed=layer.packed,
        out_width=shape.width,
        out_height=shape.height,
        cell_bits=shape.cells.bit_length() - 1,
        in_channels=shape.in_channels,
        in_tiles=layer.in_tiles,
        out_tiles=layer.out_tiles,
        out_stride=layer.out_tiles,
        kernel_width=shape.kernel_width,
        kernel_height=shape.kernel_height,
        pad_first=shape.pad > 0,
        pad_right=right + shape.kernel_width > shape.in_width + shape.pad,
        pad_bottom=below + shape.kernel_height > shape.in_height + shape.pad,
        pool=shape.pool,
        average=shape.average,
        average_shift=shape.average_shift,
        x_base=layer.inputs.base - shape.pad * (row + word),
        x_buffer=plan.x_buffer if image else 0,
        x_step=shape.stride * word,
        x_row_step=shape.stride * row - right * word,
        x_sample_step=shape.in_height * row - below * row - right * word,
        tap_step=word,
        tap_row_step=row,
        weight_base=layer.weights.base,
        act_base=layer.outputs.base,
        act_stride=layer.act_word,
        latent_base=layer.latents.base,
        sign_base=layer.signs.base,
    )
    if network.channel_state:
        forward = replace(
            forward,
            normalise=setting.normalise,
            channel_step=setting.channel_step,
            channel_base=layer.channels.base,
        )
    if layer.packed:
        back = 1 - shape.width
        forward = replace(forward, x_step=1, x_row_step=back, x_sample_step=back)
    outputs, fan_in = plan.batch * layer.shape.handed_on, layer.shape.fan_in
    gradient = replace(forward, operation=Operation.GRADIENT)
    if network.channel_state:
        forward = replace(
            forward,
            channel_stride=pixel_stride(outputs),
            channel_shift=pixel_shift(outputs),
            channel_target=power_target(fan_in),
        )
        gradient = replace(
            gradient,
            channel_stride=row_stride(fan_in),
            channel_shift=row_shift(fan_in),
            channel_target=deviation_target(outputs),
        )
    return forward, gradient


def _local_operation(
    plan: Plan, layer: LayerPlan, setting: LayerSettings, stride: int
) -> LocalDescriptor:
    """LOCAL of a layer in a training step."""
    cells = layer.shape.cells**2
    return LocalDescriptor(
        train=True,
        layer=layer.index,
        classifier=layer.classifier,
        temperature_shift=setting.temperature_shift,
        samples=plan.batch,
        channels=layer.shape.channels,
        tiles=layer.out_tiles,
        length=layer.shape.channels * cells,
        words=layer.out_tiles * cells,
        latent_base=layer.latents.base,
        classes=plan.network.classes,
        basis_stride=stride,
        cosine=setting.basis_shift > 0,
        modulation=layer.modulation,
        modulation_shift=setting.modulation_shift if layer.modulation else 0,
        modulation_base=layer.modulations.base if layer.modulation else 0,
    )


def _part(layer: LayerPlan, whole: ArrayDescriptor, first: int, count: int) -> ArrayDescriptor:
    """The operation on some output tiles of a layer."""
    shared = layer.out_tiles // layer.act_word if not layer.classifier else 1
    return replace(
        whole,
        out_first=first,
        out_tiles=count,
        weight_base=whole.weight_base + first * layer.tile_words,
        act_base=whole.act_base + first // shared,
        latent_base=whole.latent_base + first,
        sign_base=whole.sign_base + first,
    )


def _jobs(config: Config, layer: LayerPlan, whole: ArrayDescriptor) -> list[Job]:
    """The operations on all parts of a layer, with the moves of their weights."""
    trains = whole.operation == Operation.GRADIENT
    jobs = []
    for first, count in layer.parts if trains else layer.forward_parts:
        move = MoveDescriptor(
            train=whole.train,
            layer=layer.index,
            count=count * layer.tile_words * config.cols,
            external_base=layer.external.base + first * layer.tile_words * config.cols,
        )
        jobs.append(
            Job(
                descriptor=_part(layer, whole, first, count),
                fill=move if layer.outside else None,
                write_back=replace(move, operation=Operation.WRITE_BACK)
                if layer.outside and trains
                else None,
            )
        )
    return jobs


def _needs(sources: tuple[int, ...], a: Descriptor, b: Descriptor) -> bool:
    """Whether operation a needs the result of b; `sources` are the edges of the network."""
    if a.operation == b.operation == Operation.FORWARD and a.layer == b.layer:
        assert isinstance(a, ArrayDescriptor)
        assert isinstance(b, ArrayDescriptor)
        # The last part ends the layer's batch. Parts of two layers never mix, for the network is a
        # chain: the engine keeps the magnitude of one layer at a time.
        return b.out_first < a.out_first
    if a.operation == Operation.FORWARD:
        return b.operation == Operation.FORWARD and b.layer == sources[a.layer]
    if a.operation == b.operation == Operation.LOCAL:
        return isinstance(a, LocalDescriptor) and a.vote and b.layer < a.layer
    earlier = Operation.FORWARD if a.operation == Operation.LOCAL else Operation.LOCAL
    return b.operation == earlier and b.layer == a.layer


def compile_network(
    network: Network,
    config: Config,
    batch: int,
    lr_shift: int | None = None,
    outside: frozenset[int] | None = None,
) -> Program:
    """Program of a network; FitError says what does not fit and what to do.

    `batch` samples a step, learning rate 2**-lr_shift (default: the network's first). The weights
    of the layers `outside` live in the external memory (default: as few as possible).
    """
    if not isinstance(batch, int | np.integer) or batch < 1:
        raise FitError(f"The batch size is {batch}; it must be a whole number from 1 on.")
    plan = make_plan(network, config, batch, outside)
    check_fit(plan)
    if lr_shift is None:
        lr_shift = network.training.lr_shifts[0]
    settings = layer_settings(network, batch, lr_shift)
    stride = min(config.basis_depth // tiles(network.classes, config.lanes), MAX_STRIDE)
    layers = list(zip(plan.layers, settings, strict=True))
    array = [_array_operations(plan, layer, setting) for layer, setting in layers]
    local = [_local_operation(plan, layer, setting, stride) for layer, setting in layers]

    def ordered(jobs: list[Job], train: bool) -> tuple[Descriptor, ...]:
        end = Descriptor(train=train, wait=frozenset(units_of(config)))
        done = order(config, jobs, partial(_needs, network.sources), plan.windows)
        return (*done, end)

    every: list[Job] = []
    predict: list[Job] = []
    for layer, (forward, gradient), learn in zip(plan.layers, array, local, strict=True):
        every += _jobs(config, layer, forward)
        every.append(Job(descriptor=learn))
        every += _jobs(config, layer, gradient)
        predict += _jobs(config, layer, replace(forward, train=False))
    judges = local if network.votes else local[-1:]
    first = network.sources.index(IMAGE)
    for d in judges:
        votes = replace(d, vote=network.votes, vote_first=network.votes and d.layer == first)
        predict.append(Job(descriptor=replace(votes, train=False)))
    return Program(
        plan=plan,
        basis_stride=stride,
        train=ordered(every, True),
        infer=ordered(predict, False),
    )
