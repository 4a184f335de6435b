"""Compiler: what fits, where it lies, and how long it takes."""

import re
from dataclasses import replace
from itertools import combinations

import pytest

from lls_hw.contract.config import PRESETS, preset
from lls_hw.contract.descriptor import (
    WITHOUT_MAPS,
    WORDS,
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
    largest,
)
from lls_hw.contract.memories import Memory
from lls_hw.contract.timing_array import SETUP_CYCLES
from lls_hw.contract.timing_sequencer import FETCH_CYCLES
from lls_hw.contract.units import Operation, Unit
from lls_hw.network.file import load_network
from lls_hw.network.network import MAX_INPUTS, Conv, Dense, Network, Training
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError, fits, largest_batch
from lls_hw.program.schedule import Sequencer, run, unit_cycles

SMALL = preset("small")
MLP = load_network("mlp")


@pytest.mark.parametrize(
    ("name", "preset_name", "batch"),
    [("mlp", "small", 16), ("tinyconv", "small", 8), ("smallconv32", "lab", 3)],
)
def test_memory_regions_do_not_overlap(name, preset_name, batch):
    """Sizes by hand: activations behind the pooling, latents by cell, signs by pixel."""
    config, network = preset(preset_name), load_network(name)
    program = compile_network(network, config, batch)
    packed = program.layers[0].packed
    assert packed == ("conv" in name)
    images = program.plan.images
    assert images.memory == (Memory.IMAGE if packed else Memory.ACTIVATION)
    assert images.end == 2 * program.plan.x_buffer <= images.memory.depth(config)
    acts = [] if packed else [(images.base, images.end)]
    weights, latents, signs = [], [], []
    for plan, shape in zip(program.layers, network.geometry, strict=True):
        weights.append((plan.weights.base, plan.weights.end))
        words = batch * shape.cells**2 * plan.out_tiles
        latents.append((plan.latents.base, plan.latents.base + words))
        if not plan.classifier:
            channels, height, width = shape.output
            words = batch * height * width * -(-channels // config.act_word)
            acts.append((plan.outputs.base, plan.outputs.base + words))
            words = batch * shape.pixels * plan.out_tiles
            signs.append((plan.signs.base, plan.signs.base + words))
    for regions, depth in (
        (acts, config.act_depth),
        (weights, config.weight_depth),
        (latents, config.latent_depth),
        (signs, config.sign_depth),
    ):
        assert all(0 <= start < end <= depth for start, end in regions)
        for (a, b), (c, d) in combinations(regions, 2):
            assert b <= c or d <= a


def test_only_a_kernel_that_covers_its_map_becomes_one_pixel():
    """A kernel with stride 2 may leave one pixel of a map and still not read all of it."""
    layers = (
        Conv(outputs=16, cells=2, average=True),
        Conv(outputs=8, kernel=1, stride=2, cells=1),
        Dense(10),
    )
    plans = compile_network(Network("n", (1, 6, 6), layers), SMALL, 4).layers
    assert [(p.shape.in_channels, p.shape.in_height) for p in plans[1:]] == [(16, 2), (8, 1)]
    plans = compile_network(Network("n", (1, 6, 6), (layers[0], Dense(10))), SMALL, 4).layers
    assert (plans[1].shape.in_channels, plans[1].shape.in_height) == (64, 1)


def test_training_step_keeps_dependencies():
    """Every operation starts after what it needs has ended, on a unit that is free."""
    program = compile_network(MLP, SMALL, 16)
    ends = {(s.descriptor.operation, s.descriptor.layer): s.end for s in program.spans}
    free = dict.fromkeys(Unit, 0)
    assert len(ends) == 3 * len(MLP.layers)
    for span in program.spans:
        d = span.descriptor
        needs = {
            Operation.FORWARD: (Operation.FORWARD, d.layer - 1),
            Operation.LOCAL: (Operation.FORWARD, d.layer),
            Operation.GRADIENT: (Operation.LOCAL, d.layer),
        }[d.operation]
        assert span.start >= ends.get(needs, 0)
        assert span.start >= free[d.operation.unit]
        free[d.operation.unit] = span.end
    assert program.train_cycles == max(ends.values())


def test_one_operation_takes_its_formula():
    d = ArrayDescriptor(operation=Operation.FORWARD, samples=5, in_tiles=3, out_tiles=2)
    end = Descriptor(wait=frozenset(Unit))
    spans, cycles = run(Sequencer(SMALL), [d, end])
    assert spans[0].start == 1 + FETCH_CYCLES + SETUP_CYCLES
    assert cycles == spans[0].start + unit_cycles(SMALL, d)


@pytest.mark.parametrize(("lanes", "most"), [(8, 1.12), (16, 1.04)])
def test_local_updates_overlap_the_array(lanes, most):
    """The step is hardly longer than its array operations."""
    config = replace(SMALL, lanes=lanes)
    program = compile_network(MLP, config, 16)
    array = sum(
        unit_cycles(config, s.descriptor)
        for s in program.spans
        if s.descriptor.operation != Operation.LOCAL
    )
    assert array < program.train_cycles < most * array
    assert program.macs == 2 * 16 * (784 * 128 + 128 * 64 + 64 * 10)
    assert program.utilisation > 0.55


def test_inference_only_runs_forward_and_the_classifier():
    program = compile_network(MLP, SMALL, 16)
    operations = [(d.operation, d.layer, d.train) for d in program.infer]
    assert operations == [
        (Operation.FORWARD, 0, False),
        (Operation.FORWARD, 1, False),
        (Operation.FORWARD, 2, False),
        (Operation.LOCAL, 2, False),
        (Operation.END, 0, False),
    ]
    assert len(program.elements()) == WORDS * (program.infer_start + 5)


def test_learning_rate_changes_update_offsets_only():
    slow, fast = (compile_network(MLP, SMALL, 16, lr_shift=k) for k in (4, 1))
    for a, b in zip(slow.train, fast.train, strict=True):
        if isinstance(a, ArrayDescriptor):
            assert a.update_offset == b.update_offset + 3
            a, b = replace(a, update_offset=0), replace(b, update_offset=0)
        assert a == b


@pytest.mark.parametrize(
    ("network", "config", "batch", "message"),
    [
        (MLP, preset("tiny"), 16, r"needs 27328 of 2048 \(weight memory\)\. Preset small or large"),
        (MLP, SMALL, 65, r"weight|batch|activation memory"),
        (MLP, SMALL, 0, r"batch size is 0"),
        (
            Network("wide", (1, 28, 28), (Dense(4000), Dense(10))), SMALL, 4,
            r"No preset is large enough",
        ),
        (
            Network("many", (1, 2, 2), (Dense(8), Dense(129))), SMALL, 4,
            r"needs 129 of 128 \(classes\)",
        ),
        (
            Network("deep", (1, 2, 2), (Dense(4),) * 8 + (Dense(2),)), SMALL, 1,
            r"needs 9 of 8 \(layers\)",
        ),
        (
            Network("broad", (1, 8, 34), (Conv(outputs=1, pool=True), Dense(4))), SMALL, 4,
            r"Layer 1 of network 'broad' pools a map 34 pixels wide; .* up to 32",
        ),
        (
            Network("long", (1, 64, 2), (Conv(outputs=3, cells=1), Dense(4))), SMALL, 1,
            r"Layer 2 of network 'long' reads a map of 64 x 2 pixels at once; .* up to 63 x 63",
        ),
        (
            Network("tall", (2, 60, 60), (Conv(outputs=8, stride=2), Dense(4))), SMALL, 4,
            r"needs 32400 of 6144 \(activation memory\)",
        ),
        (
            Network("image", (1, 64, 40), (Conv(outputs=1, average=True), Dense(4))), SMALL, 6,
            r"needs 7680 of 4096 \(image memory\)\. Batch 3 fits; with batch 6, preset lab would",
        ),
        (
            Network("long", (1, 2, 2), (Dense(1100), Dense(10))), SMALL, 1,
            r"\(basis memory\)",
        ),
        (
            Network("large", (1, 29, 29), (Conv(outputs=1), Dense(4))), preset("lab"), 20,
            r"Layer 1 of network 'large' has 16820 pixels in a batch of 20; .* up to 16643",
        ),
        (
            Network(
                "wide", (8192, 1, 1),
                (Conv(outputs=1, kernel=1, stride=2, cells=1), Dense(2)),
            ),
            replace(preset("nano"), act_depth=1 << 15, weight_depth=1 << 15), 1,
            r"Layer 1 of network 'wide' reads its input in steps of 8192 words; .* up to 8191",
        ),
        (
            replace(MLP, basis="cosine"), SMALL, 16,
            r"needs 8 of 2 \(bits of a basis entry\)\. Preset variants would do",
        ),
        (
            Network("m", (1, 2, 2), (Dense(8, modulation="matrix"), Dense(10))), SMALL, 4,
            r"needs 100 of 0 \(modulation memory\)\. Preset variants would do",
        ),
        (
            Network("m", (1, 2, 2), (Dense(8, modulation="matrix"), Dense(33))),
            preset("variants"), 4, r"needs 1089 of 1024 \(modulation memory\)\. No preset",
        ),
        (
            Network("m", (1, 2, 2), (Dense(8), Dense(10)), Training(momentum_shift=3)), SMALL, 4,
            r"needs 24 of 0 \(velocity memory\)\. Preset momentum would do",
        ),
        (
            Network("m", (1, 28, 28), (Dense(64), Dense(10)), Training(momentum_shift=3)),
            SMALL, 4, r"needs \d+ of 0 \(velocity memory\)\. No preset",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(network, config, batch, message):
    with pytest.raises(FitError, match=message):
        compile_network(network, config, batch)


@pytest.mark.parametrize(
    ("name", "engine", "batch", "remedy"),
    [
        ("tinyconv", "small", 16, "Batch 8 fits; with batch 16, preset lab would do."),
        ("mlp", "small", 100, "Batch 27 fits."),
        ("smallconv", "small", 8, "Preset sdram or lab would do."),
        ("tinyconv", "large", 1000, "take a batch of 21 or less."),
    ],
)
def test_the_largest_batch_that_fits_is_named(name, engine, batch, remedy):
    """It fits, and one sample more does not."""
    network, config = load_network(name), preset(engine)
    with pytest.raises(FitError) as error:
        compile_network(network, config, batch)
    assert str(error.value).endswith(remedy)
    found = re.match(r"Batch (\d+) fits", remedy)
    if found:
        size = int(found[1])
        assert compile_network(network, config, size).batch == size
        assert largest_batch(network, config, batch) == size
        assert not any(fits(network, config, more) for more in range(size + 1, batch + 1))
    for other in re.findall(r"preset (\w+) would", remedy):
        assert fits(network, preset(other), batch)


def test_presets_for_a_smaller_batch_are_named():
    """No preset takes 100 samples, and no batch fits the smallest engine."""
    with pytest.raises(FitError) as error:
        compile_network(MLP, preset("tiny"), 100)
    said = str(error.value)
    assert "No preset is large enough for batch 100; preset " in said
    assert "preset small with batch 27 or preset" in said
    for name, size in re.findall(r"preset ([\w-]+) with batch (\d+)", said):
        assert compile_network(MLP, preset(name), int(size))
        assert not fits(MLP, preset(name), int(size) + 1)


@pytest.mark.parametrize("name", PRESETS)
def test_digits_fit_every_preset(name):
    batch = min(16, PRESETS[name].max_batch)
    program = compile_network(load_network("digits"), PRESETS[name], batch)
    assert all(0 < use.used <= use.depth or use.used == 0 for use in program.memories)
    assert len(program.elements()) <= PRESETS[name].program_depth * WORDS


def test_modulations_lie_one_after_the_other():
    kinds = ("vector", "none", "matrix", "vector")
    layers = (*(Dense(20, modulation=kind) for kind in kinds), Dense(10))
    network = Network("m", (1, 2, 2), layers, basis="cosine")
    program = compile_network(network, preset("variants"), 4)
    places = [plan.modulations for plan in program.layers]
    assert [place.words for place in places] == [10, 0, 100, 10, 0]
    assert [places[k].base for k in (0, 2, 3)] == [0, 10, 110]
    local = {d.layer: d for d in program.train if d.operation == Operation.LOCAL}
    assert [local[k].modulation for k in range(5)] == [1, 0, 2, 1, 0]
    assert [local[k].modulation_base for k in range(5)] == [0, 0, 10, 110, 0]
    assert [local[k].cosine for k in range(5)] == [True] * 4 + [False]
    assert program.memories[-2].used == 120


def test_descriptor_fields_are_checked():
    with pytest.raises(ValueError, match="samples is 1024; it must lie in 0..1023"):
        ArrayDescriptor(samples=1024).elements()
    with pytest.raises(ValueError, match="update_offset is -129"):
        ArrayDescriptor(operation=Operation.GRADIENT, update_offset=-129).elements()
    with pytest.raises(ValueError, match="temperature_shift is 8; it must lie in -8..7"):
        LocalDescriptor(temperature_shift=8).elements()


@pytest.mark.parametrize(
    ("name", "config", "batch"),
    [
        ("mlp", SMALL, 16),
        ("tinyconv", SMALL, 8),
        ("smallconv32", preset("lab"), 3),
        ("digits", preset("nano"), 8),
    ],
)
def test_descriptors_stay_below_what_the_engine_looks_at(name, config, batch):
    """The engine drops the bits above `largest`, and takes WITHOUT_MAPS for granted."""
    program = compile_network(load_network(name), config, batch)
    limits = largest(config)
    for descriptor in (*program.train, *program.infer):
        values = vars(descriptor) | {"wait": sum(1 << unit for unit in descriptor.wait)}
        assert [name for name in limits.keys() & values.keys() if values[name] > limits[name]] == []
        if not config.maps and isinstance(descriptor, ArrayDescriptor):
            taken = {n: v for n, v in WITHOUT_MAPS.items() if "step" not in n}
            assert {n: getattr(descriptor, n) for n in taken} == taken


def test_engine_without_maps_refuses_them():
    config = replace(SMALL, maps=False)
    with pytest.raises(FitError, match=r"needs 3 of 0 \(layers with maps\). Preset small or"):
        compile_network(load_network("tinyconv"), config, 8)
    dense = compile_network(MLP, config, 16)
    assert dense.train_cycles == compile_network(MLP, SMALL, 16).train_cycles


@pytest.mark.parametrize(
    ("size", "layers"),
    [
        ((1, 64, 128), (Dense(2), Dense(2))),
        ((1, 4, 4), (Conv(outputs=4095, kernel=1, cells=1),
                     Conv(outputs=2, kernel=1, stride=2, cells=1), Dense(2))),
    ],
)  # fmt: skip
def test_the_largest_layers_fit_a_descriptor(size, layers):
    """Most inputs of an output, and the longest steps, on the narrowest array."""
    depths = dict.fromkeys(("act_depth", "weight_depth", "latent_depth", "sign_depth"), 1 << 16)
    config = replace(SMALL, rows=2, cols=2, basis_depth=1 << 13, **depths)
    program = compile_network(Network("largest", size, layers), config, 1)
    assert len(program.elements()) == WORDS * (len(program.train) + len(program.infer))
    steps = [d.x_step for d in program.train if isinstance(d, ArrayDescriptor)]
    assert max(steps) == 4096


def test_the_largest_fan_in_is_allowed():
    assert Network("largest", (1, 64, 128), (Dense(2),)).geometry[0].fan_in == MAX_INPUTS == 8192
