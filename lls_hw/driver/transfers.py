"""Transfers: what has to be written to a board, and where on it everything is read.

Pure functions from a program and its data to elements of address spaces and back, for whatever
carries the elements: the driver's `Device`, or a bench that drives the engine's element bus.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.basis import make_basis
from lls_hw.contract.channels import CHANNEL_ELEMENTS
from lls_hw.contract.config import IMAGE_BANKS
from lls_hw.contract.memories import Memory
from lls_hw.contract.packing import (
    pack_basis,
    pack_channels,
    pack_inputs,
    pack_weights,
    unpack_channels,
    unpack_weights,
)
from lls_hw.contract.registers import IMAGE_PLACE, Register, Space
from lls_hw.contract.trace import trace_address
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.state_check import checked_state
from lls_hw.network.initial import initial_modulations
from lls_hw.program.compiler import Program
from lls_hw.program.plan import LayerPlan

__all__ = [
    "Source", "Transfer", "basis_transfer", "changed", "input_elements", "input_start",
    "input_step", "input_transfers", "label_transfer", "program_transfer", "register_transfer",
    "result_source", "run_transfer", "state_sources", "state_transfers", "trace_sources",
    "training_state",
]  # fmt: skip


class Transfer(NamedTuple):
    """Elements to write from element `address` of the space on."""

    space: Space
    address: int
    elements: NDArray[Any]


class Source(NamedTuple):
    """Elements to read from element `address` of the space on."""

    space: Space
    address: int
    length: int


def register_transfer(register: Register, **values: int) -> Transfer:
    """A control register with these values of its fields."""
    packed = np.array([register.fields.pack(**values)], np.uint32)
    return Transfer(Space.CONTROL, register, packed)


def program_transfer(program: Program) -> Transfer:
    """Training and inference program."""
    return Transfer(Space.PROGRAM, 0, np.array(program.elements(), np.uint32))


def changed(old: Transfer | None, new: Transfer) -> Iterator[Transfer]:
    """What has to be written where `old`, of the same place and length, has been written before."""
    if old is None:
        yield new
        return
    places = np.flatnonzero(old.elements != new.elements)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        if len(run):
            first, last = int(run[0]), int(run[-1])
            yield Transfer(new.space, new.address + first, new.elements[first : last + 1])


def basis_transfer(program: Program) -> Transfer:
    """The network's basis; the board may hold that of another network."""
    network, stride = program.network, program.basis_stride
    basis = make_basis(network.basis, network.classes, stride)
    return Transfer(Space.BASIS, 0, pack_basis(program.config, basis, stride))


def input_start(program: Program, buffer: int) -> int:
    """Where an input buffer begins: element of `Space.ACT`, or `IMAGE_PLACE`."""
    start = program.plan.images.base + buffer * program.plan.x_buffer
    if program.layers[0].inputs.memory == Memory.IMAGE:
        return IMAGE_PLACE.pack(word=start)
    return start * program.config.act_word


def image_place(program: Program, buffer: int, sample: int) -> int:
    """Where a sample's image begins, as `IMAGE_PLACE`."""
    shape = program.layers[0].shape
    group, bank = divmod(sample * shape.height, IMAGE_BANKS)
    return input_start(program, buffer) + IMAGE_PLACE.pack(bank=bank, word=group * shape.width)


def input_step(program: Program) -> int:
    """From one sample to the next: elements of `Space.ACT`, or banks and words as `IMAGE_PLACE`."""
    first = program.layers[0]
    if first.inputs.memory == Memory.IMAGE:
        return image_place(program, 0, 1) - input_start(program, 0)
    channels = first.shape.in_channels
    return pack_inputs(program.config, np.zeros(program.network.inputs, np.int8), channels).size


def input_elements(program: Program, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """Elements of `Space.ACT` or `Space.IMAGE` of a batch (N, I), a row for each sample."""
    first = program.layers[0]
    if first.inputs.memory == Memory.IMAGE:
        return inputs
    packed = pack_inputs(program.config, inputs, first.shape.in_channels)
    return packed.reshape(len(inputs), input_step(program))


def input_transfers(
    program: Program, inputs: NDArray[np.int8], buffer: int, sample: int = 0
) -> Iterator[Transfer]:
    """A batch (N, I) into an input buffer, from that sample of it on."""
    elements = input_elements(program, inputs).reshape(-1)
    if program.layers[0].inputs.memory == Memory.IMAGE:
        begins = IMAGE_PLACE.unpack(image_place(program, buffer, sample))
        yield register_transfer(Register.IMAGE_PLACE, **begins)
        yield Transfer(Space.IMAGE, 0, elements)
    else:
        place = input_start(program, buffer) + sample * input_step(program)
        yield Transfer(Space.ACT, place, elements)


def label_transfer(
    program: Program, labels: NDArray[Any], buffer: int, sample: int = 0
) -> Transfer:
    """Labels (N,) of a batch, from that sample of it on."""
    first = buffer * program.config.max_batch + sample
    return Transfer(Space.LABEL, first, labels.astype(np.uint8))


def run_transfer(buffer: int, first: int) -> Transfer:
    """Runs the program from descriptor `first` on an input buffer."""
    return register_transfer(Register.RUN, buffer=buffer, first=first)


def result_source(program: Program, buffer: int, count: int) -> Source:
    """Results of the first `count` samples of a batch."""
    return Source(Space.RESULT, buffer * program.config.max_batch, count)


def trace_sources(program: Program) -> list[Source]:
    """Start and end of each operation of a training step, in the order of `program.spans`.

    Nothing if the engine keeps no trace.
    """
    config = program.config
    if not config.trace:
        return []
    units = (span.descriptor.operation.unit for span in program.spans)
    return [
        Source(Space.TRACE, trace_address(config, unit, index), 2)
        for index, unit in enumerate(units)
        if unit is not None
    ]


def state_transfers(program: Program, state: TrainingState) -> Iterator[Transfer]:
    """All that training depends on. InputError, first of all, when it is no state of the network.

    A state without modulations starts from the identity, one without velocities from zero.
    """
    network, config, first = program.network, program.config, program.layers[0]
    state = checked_state(network, state)
    for layer, values in zip(program.layers, state.weights, strict=True):
        yield _weights(program, Space.WEIGHT, layer, values)
    if first.inputs.memory == Memory.IMAGE:
        yield register_transfer(
            Register.IMAGE_SHAPE, width=first.shape.width, channels=network.input[0]
        )
    for layer, entries in zip(program.layers, state.modulations, strict=True):
        if entries.size:
            yield Transfer(Space.MODULATION, layer.modulations.base, entries.reshape(-1))
    if config.momentum:
        yield register_transfer(Register.MOMENTUM_SHIFT, shift=network.training.momentum_shift)
    for layer, channels in zip(program.layers, state.channels, strict=False):
        yield Transfer(
            Space.CHANNEL,
            layer.channels.base * CHANNEL_ELEMENTS,
            pack_channels(channels, layer.channels.words),
        )
    if network.training.momentum_shift:
        for layer, velocities in zip(program.layers, state.velocities, strict=True):
            yield _weights(program, Space.VELOCITY, layer, velocities)
    yield Transfer(Space.STATE, 0, np.array(state.shifts, np.uint32))
    yield register_transfer(Register.STEP, value=state.step)


def _weights(program: Program, space: Space, layer: LayerPlan, values: NDArray[Any]) -> Transfer:
    """Weights or velocities of a layer."""
    elements = pack_weights(program.config, values, *layer.tiling)
    return Transfer(*_place(program, space, layer)[:2], elements)


def _place(program: Program, space: Space, layer: LayerPlan) -> Source:
    """Where a layer's weights or velocities are; `space` if they are on the chip."""
    if layer.outside:
        return Source(Space.EXTERNAL, layer.external.base, layer.external.words)
    cols = program.config.cols
    return Source(space, layer.weights.base * cols, layer.weights.words * cols)


def state_sources(program: Program) -> list[Source]:
    """Where `training_state` finds its elements."""
    weights = [_place(program, Space.WEIGHT, layer) for layer in program.layers]
    velocities = [
        source._replace(space=Space.VELOCITY)
        for source in weights
        if program.network.training.momentum_shift
    ]
    modulations = [
        Source(Space.MODULATION, layer.modulations.base, layer.modulations.words)
        for layer in program.layers
        if program.config.modulation_depth
    ]
    channels = [
        Source(
            Space.CHANNEL,
            layer.channels.base * CHANNEL_ELEMENTS,
            layer.channels.words * CHANNEL_ELEMENTS,
        )
        for layer in program.layers
        if layer.channels.words
    ]
    return [
        *weights,
        *velocities,
        *modulations,
        *channels,
        Source(Space.STATE, 0, len(weights)),
        Source(Space.CONTROL, Register.STEP, 1),
    ]


def training_state(
    program: Program, read: Sequence[NDArray[Any]], meta: dict[str, object] | None = None
) -> TrainingState:
    """The state of a board from the elements of `state_sources`."""
    layers, fresh = program.layers, initial_modulations(program.network)
    parts: dict[Space, list[NDArray[Any]]] = {space: [] for space in Space}
    for source, elements in zip(state_sources(program), read, strict=True):
        space = Space.WEIGHT if source.space is Space.EXTERNAL else source.space
        parts[space].append(elements)

    def unpacked(space: Space) -> list[NDArray[Any]]:
        return [
            unpack_weights(program.config, elements, layer.fan_in, layer.fan_out, *layer.tiling)
            for layer, elements in zip(layers, parts[space], strict=False)
        ]

    modulated = any(entries.size for entries in fresh)
    pairs = zip(parts[Space.MODULATION], fresh, strict=True) if modulated else ()
    return TrainingState(
        unpacked(Space.WEIGHT),
        parts[Space.STATE][0].tolist(),
        int(parts[Space.CONTROL][0][0]),
        meta or {},
        [elements.reshape(entries.shape) for elements, entries in pairs],
        unpacked(Space.VELOCITY),
        [
            unpack_channels(elements, layer.fan_out)
            for elements, layer in zip(parts[Space.CHANNEL], layers, strict=False)
        ],
    )
