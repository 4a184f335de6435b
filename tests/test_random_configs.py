"""Random engines and networks, without simulation: what is written, where, and in which order.

`sim/test_random_configs.py` simulates a few of them, `bench/random_configs.py` more.
"""

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import WITHOUT_MAPS, WORDS, largest
from lls_hw.contract.memories import Memory
from lls_hw.contract.registers import Space
from lls_hw.contract.units import Operation, Unit
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.random_configs import random_config, random_network
from lls_hw.golden.random_networks import random_channels
from lls_hw.network.initial import initial_shifts
from lls_hw.network.network import IMAGE, Conv, Network
from lls_hw.program.compiler import Program, compile_network
from tests.driver.fake_board import FakeBoard

SEEDS = range(200)


@cache
def case(seed) -> tuple[Config, Network, int]:
    """Engine, network and batch of a seed."""
    rng = np.random.default_rng((seed, 6))
    config = random_config(rng, (2, 4, 8, 16))
    batch = int(rng.integers(1, min(config.max_batch, 9) + 1))
    return config, random_network(rng, config, batch), batch


def check_regions(program: Program) -> None:
    """All that lives at once lies apart, within its memory, and is as large as it has to be."""
    config, batch = program.config, program.batch
    regions = [program.plan.images]
    for layer, shape in zip(program.layers, program.network.geometry, strict=True):
        source = program.network.sources[layer.index]
        read = program.plan.images if source == IMAGE else program.layers[source].outputs
        assert layer.inputs == read
        words = batch * shape.cells**2 * layer.out_tiles
        assert (layer.latents.words, layer.errors.words) == (words, words)
        assert layer.weights.words >= -(-shape.fan_in * shape.channels // config.cols)
        if not layer.classifier:
            channels, height, width = shape.output
            words = batch * height * width * -(-channels // config.act_word)
            assert layer.outputs.words == words
            assert layer.signs.words == batch * shape.pixels * layer.out_tiles
        regions += [layer.weights, layer.outputs, layer.latents, layer.errors, layer.signs]
        channels = layer.out_tiles * config.cols if program.network.channel_state else 0
        assert layer.channels.words == channels >= program.network.channel_state * shape.channels
        regions += [layer.modulations, layer.channels]
    for region in regions:
        assert 0 <= region.base <= region.end
        assert not region.words or region.end <= region.memory.depth(config)
    for a, b in combinations(filter(lambda region: region.words, regions), 2):
        assert a.memory != b.memory or a.end <= b.base or b.end <= a.base


def check_addresses(program: Program) -> None:
    """Every tap that lies inside a map is read where the map's pixel lies."""
    forward = {d.layer: d for d in program.train if d.operation == Operation.FORWARD}
    for layer in program.layers:
        d, shape, word = forward[layer.index], layer.shape, layer.x_word
        y, x = (np.arange(size) for size in (shape.height, shape.width))
        ky, kx = (np.arange(size) for size in (shape.kernel_height, shape.kernel_width))
        sample = np.arange(program.batch)
        across, down = shape.width - 1, shape.height - 1
        to_row = across * d.x_step + d.x_row_step
        to_sample = down * to_row + across * d.x_step + d.x_sample_step
        if layer.packed:
            assert layer.inputs.memory == Memory.IMAGE and d.band % shape.width == 0
            continue
        grid = np.meshgrid(sample, y, x, ky, kx, indexing="ij")
        s, py, px, ty, tx = grid
        found = (
            d.x_base + s * to_sample + py * to_row + px * d.x_step
            + ty * d.tap_row_step + tx * d.tap_step
        )  # fmt: skip
        iy, ix = py * shape.stride + ty - shape.pad, px * shape.stride + tx - shape.pad
        inside = (0 <= iy) & (iy < shape.in_height) & (0 <= ix) & (ix < shape.in_width)
        pixel = (s * shape.in_height + iy) * shape.in_width + ix
        assert inside.any()
        assert (found == layer.inputs.base + pixel * word)[inside].all()


def check_fields(program: Program) -> None:
    """No field exceeds what the engine looks at, nor its width."""
    config, limits = program.config, largest(program.config)
    for d in (*program.train, *program.infer):
        assert len(d.elements()) == WORDS
        given = {
            name: int(getattr(d, name)) for name in limits if hasattr(d, name) and name != "wait"
        }
        assert {n: v for n, v in given.items() if v.bit_length() > limits[n].bit_length()} == {}
        if not config.maps and d.operation.unit == Unit.ARRAY:
            taken = {n: v for n, v in WITHOUT_MAPS.items() if "step" not in n}
            assert {n: getattr(d, n) for n in taken} == taken
    assert len(program.train) + len(program.infer) <= config.program_depth


def check_schedule(program: Program) -> None:
    """Each unit does one operation at a time, none before what it needs has ended."""
    ends = {(s.descriptor.operation, s.descriptor.layer): s.end for s in program.spans}
    assert len(ends) == 3 * len(program.network.layers)
    free = dict.fromkeys(Unit, 0)
    for span in program.spans:
        operation, layer = span.descriptor.operation, span.descriptor.layer
        needs = {
            Operation.FORWARD: (Operation.FORWARD, layer - 1),
            Operation.LOCAL: (Operation.FORWARD, layer),
            Operation.GRADIENT: (Operation.LOCAL, layer),
        }[operation]
        assert max(ends.get(needs, 0), free[operation.unit]) <= span.start < span.end
        free[operation.unit] = span.end
    assert program.train_cycles == max(ends.values())
    assert 0 < program.infer_cycles < program.train_cycles


def check_transfers(program: Program, seed: int) -> None:
    """A board takes everything that the driver writes, and gives back what it was given."""
    rng, network, config = np.random.default_rng(seed), program.network, program.config
    board = FakeBoard(config)
    trainer = Trainer(board, network, program.batch)
    weights = [rng.integers(-32767, 32768, shape).astype(np.int16) for shape in network.shapes]
    modulations, velocities = [], []
    kinds = {"none": (), "vector": (network.classes,), "matrix": (network.classes,) * 2}
    if any(layer.modulation != "none" for layer in network.layers):
        sizes = [kinds[layer.modulation] or (0,) for layer in network.layers]
        modulations = [rng.integers(-(2**15), 2**15, size).astype(np.int16) for size in sizes]
    if network.training.momentum_shift:
        velocities = [rng.integers(-(2**31), 2**31, w.shape).astype(np.int32) for w in weights]
    channels = random_channels(rng, network, program.batch)
    state = TrainingState(
        weights, initial_shifts(network), seed, {}, modulations, velocities, channels
    )
    trainer.load(state)
    shape = (program.batch, network.inputs)
    batches = [
        (
            rng.integers(-127, 128, shape).astype(np.int8),
            rng.integers(0, network.classes, program.batch).astype(np.uint8),
        )
        for _ in range(3)
    ]
    for (_, labels), result in zip(batches, trainer.train(batches), strict=True):
        assert result.prediction.tolist() == labels.tolist()
    saved = trainer.save()
    assert (saved.shifts, saved.step) == (state.shifts, seed)
    for given, back in (
        (weights, saved.weights), (modulations, saved.modulations), (velocities, saved.velocities),
        (channels, saved.channels),
    ):  # fmt: skip
        assert len(given) == len(back)
        assert all((a == b).all() for a, b in zip(given, back, strict=True))
    assert len(trainer.trace()) == (len(program.spans) if config.trace else 0)
    written = {space for space, _, _ in board.commands}
    assert written >= {Space.PROGRAM, Space.WEIGHT, Space.BASIS, Space.LABEL}


@pytest.mark.parametrize("first", SEEDS[::50])
def test_compiled_networks(first):
    for seed in SEEDS[first : first + 50]:
        config, network, batch = case(seed)
        program = compile_network(network, config, batch)
        try:
            check_regions(program)
            check_addresses(program)
            check_fields(program)
            check_schedule(program)
            check_transfers(program, seed)
        except Exception as error:
            error.add_note(f"seed {seed}, batch {batch}, {config}, {network}")
            raise


def test_engines_and_networks_differ():
    """What is drawn covers what an engine can be and do."""
    cases = [case(seed) for seed in SEEDS]
    configs = [config for config, _, _ in cases]
    for field in ("rows", "cols", "lanes", "basis_bits", "momentum", "maps", "trace", "max_batch",
                  "channel_depth"):  # fmt: skip
        assert len({getattr(config, field) for config in configs}) >= 2, field
    for field in ("weight_depth", "act_depth", "acc_depth", "program_depth", "max_classes"):
        depths = [getattr(config, field) for config in configs]
        whole = sum(depth & (depth - 1) == 0 for depth in depths)
        assert 0.1 < whole / len(depths) < 0.6, field
    programs = [compile_network(network, config, batch) for config, network, batch in cases]
    shares = {
        "hidden layers": [len(p.layers) > 1 for p in programs],
        "convolutions": [isinstance(p.network.layers[0], Conv) for p in programs],
        "patch packer": [p.layers[0].packed for p in programs],
        "bands": [any(d.pixels > d.band for d in p.train if hasattr(d, "band")) for p in programs],
        "groups of classes": [p.network.classes > p.config.lanes for p in programs],
        "modulations": [any(x.modulation for x in p.layers) for p in programs],
        "momentum": [p.network.training.momentum_shift > 0 for p in programs],
        "normalisation": [p.network.normalise for p in programs],
        "steps of channels": [p.network.training.step == "channel" for p in programs],
        "cosine": [p.network.basis == "cosine" for p in programs],
    }
    assert {name: sum(found) for name, found in shares.items() if sum(found) < 10} == {}
