"""Programs with weights outside: whatever the external memory takes, nothing comes too early."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.memories import Memory
from lls_hw.contract.units import Operation, Unit
from lls_hw.network.file import load_network
from lls_hw.network.network import IMAGE, Conv, Dense, Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError
from lls_hw.program.placement import (
    GOOD_WINDOWS,
    LEAST_WINDOWS,
    MOST_WINDOWS,
    PlacementError,
)
from lls_hw.program.schedule import unit_cycles

SDRAM = replace(preset("sdram"), basis_depth=2048)
NARROW = replace(SDRAM, rows=8, cols=4, latent_depth=4096, program_depth=2048)
NETWORK = Network(
    name="chain",
    input=(3, 8, 8),
    layers=(
        Conv(outputs=20, cells=2), Conv(outputs=40, pool=True), Dense(outputs=70),
        Dense(outputs=10),
    ),
)  # fmt: skip


def happened(config, program, rng):
    """(descriptor, start, end) of each operation; the mover takes any time, other units theirs."""
    free, ready, times = dict.fromkeys(Unit, 0), 0, []
    for d in program:
        unit = d.operation.unit
        start = max([ready, *(free[u] for u in d.wait | ({unit} - {None}))])
        if unit is None:
            assert start >= max(free.values())
            return times
        length = rng.randrange(1, 40_000) if unit is Unit.MOVER else unit_cycles(config, d)
        free[unit] = start + length
        times.append((d, start, start + length))
        ready = start + 1
    raise AssertionError("no END")


def check(program, which, seed):
    """Asserts every dependency of the operations `which`."""
    plan = program.plan
    times = happened(program.config, which, random.Random(seed))
    windows = {window.base: None for window in plan.windows}
    """Of each: layer, first output tile, end of the last operation there."""
    ends = {}
    written = set()
    for d, start, end in times:
        layer = plan.layers[d.layer]
        if d.operation.unit is Unit.MOVER:
            words = layer.tile_words * program.config.cols
            first, rest = divmod(d.external_base - layer.external.base, words)
            assert rest == 0
            assert layer.external.base <= d.external_base
            assert d.external_base + d.count <= layer.external.end
            held = windows[d.weight_base]
            if d.operation == Operation.FILL:
                assert held is None or held[2] <= start
                windows[d.weight_base] = (d.layer, first, end)
            else:
                assert held[:2] == (d.layer, first)
                assert held[2] <= start
                written.add((d.layer, first))
                windows[d.weight_base] = (d.layer, first, end)
            continue
        if d.operation == Operation.LOCAL:
            assert ends[Operation.FORWARD, d.layer] <= start
        else:
            if layer.outside:
                assert windows[d.weight_base][:2] == (d.layer, d.out_first)
                assert windows[d.weight_base][2] <= start
                windows[d.weight_base] = (d.layer, d.out_first, end)
            else:
                assert d.weight_base == layer.weights.base + d.out_first * layer.tile_words
            if d.operation == Operation.GRADIENT:
                assert ends[Operation.LOCAL, d.layer] <= start
            elif program.network.sources[d.layer] != IMAGE:
                source = program.network.sources[d.layer]
                assert ends[Operation.FORWARD, source] <= start
        ends[d.operation, d.layer] = max(end, ends.get((d.operation, d.layer), 0))
    return written


def parts(program, operation):
    """Output tiles of each layer's operations, in order."""
    found = {}
    for d in program:
        if d.operation == operation:
            found.setdefault(d.layer, []).extend(range(d.out_first, d.out_first + d.out_tiles))
    return found


def check_program(program):
    every = {layer.index: list(range(layer.out_tiles)) for layer in program.layers}
    assert parts(program.train, Operation.FORWARD) == every
    assert parts(program.infer, Operation.FORWARD) == every
    gradients = parts(program.train, Operation.GRADIENT)
    assert {layer: sorted(tiles) for layer, tiles in gradients.items()} == every
    outside = {
        (layer.index, first)
        for layer in program.layers
        if layer.outside
        for first, _ in layer.parts
    }
    for seed in range(5):
        assert check(program, program.train, seed) == outside
        assert check(program, program.infer, seed) == set()


@pytest.mark.parametrize("seed", range(12))
def test_any_placement(seed):
    rng = random.Random(seed)
    config = rng.choice([SDRAM, NARROW])
    outside = frozenset(k for k in range(4) if rng.random() < 0.6) or frozenset({2})
    roomy, batch = replace(config, weight_depth=1 << 15), rng.randrange(1, 6)
    plan = compile_network(NETWORK, roomy, batch, outside=outside).plan
    inside = sum(layer.weights.words for layer in plan.layers)
    count = rng.randrange(LEAST_WINDOWS, MOST_WINDOWS + 2)
    depth = inside + count * plan.windows[0].words
    config = replace(config, weight_depth=depth)
    program = compile_network(NETWORK, config, batch, outside=outside)
    assert {layer.index for layer in program.layers if layer.outside} == outside
    assert len(program.plan.windows) == min(count, MOST_WINDOWS)
    check_program(program)


@pytest.mark.parametrize("name, batch", [("smallconv", 8), ("smallconv32", 6)])
def test_networks_of_the_paper(name, batch):
    program = compile_network(load_network(name), SDRAM, batch)
    assert len(program.plan.windows) >= GOOD_WINDOWS
    check_program(program)
    for d in (*program.train, *program.infer):
        d.elements()


def test_weights_that_fit_stay():
    program = compile_network(load_network("tinyconv"), replace(SDRAM, weight_depth=32768), 8)
    assert program.plan.windows == ()
    assert not any(layer.outside for layer in program.layers)
    assert program.memory_wait == 0


def test_convolutions_leave_first():
    """What has many pixels hides its moves; fully connected layers stay as long as they can."""
    network = load_network("tinyconv")
    whole = compile_network(network, replace(SDRAM, weight_depth=32768), 8)
    need = whole.plan.used[Memory.WEIGHT]
    for depth in range(need - 1, 400, -97):
        config = replace(SDRAM, weight_depth=depth)
        try:
            program = compile_network(network, config, 8)
        except FitError:
            break
        pixels = [layer.shape.pixels for layer in program.layers]
        outside = [pixels[layer.index] for layer in program.layers if layer.outside]
        inside = [pixels[layer.index] for layer in program.layers if not layer.outside]
        assert outside
        assert min(outside) >= max(inside, default=0)


def test_too_small_even_for_windows():
    with pytest.raises(FitError, match="it needs .* of 64 .weight memory"):
        compile_network(load_network("smallconv"), replace(SDRAM, weight_depth=64), 8)


def test_too_large_even_for_the_external_memory():
    """It says how much is missing, on one line, and what would do."""
    config = replace(preset("sdram"), external_depth=1 << 16)
    elements = 784 * 128 + 128 * 64
    missing = 2 * (elements - (1 << 16))
    with pytest.raises(FitError) as error:
        compile_network(load_network("mlp"), config, 16)
    assert str(error.value) == (
        f"Network 'mlp' with batch 16 does not fit: it needs {elements} of 65536 (external "
        f"memory), which is {missing:,} bytes more than its 131,072. Preset small or large or "
        "sdram or lab or variants would do."
    )
    enough = replace(config, external_depth=1 << 17)
    assert compile_network(load_network("mlp"), enough, 16).plan.windows


def test_momentum_stays_on_the_chip():
    network = replace(NETWORK, training=replace(NETWORK.training, momentum_shift=2))
    config = replace(SDRAM, momentum=True, weight_depth=16384)
    assert compile_network(network, config, 2).plan.windows == ()
    with pytest.raises(FitError, match="has momentum, and velocities stay on the chip"):
        compile_network(network, config, 2, outside=frozenset({1}))
    with pytest.raises(FitError, match=r"weight memory\), because with momentum no weights live"):
        compile_network(network, replace(config, weight_depth=700), 2)


def test_an_engine_without_external_memory():
    with pytest.raises(FitError, match="the engine has no external memory; take a preset"):
        compile_network(NETWORK, preset("lab"), 2, outside=frozenset({1}))


@pytest.mark.parametrize("outside", [{-1}, {4}, {99}, {0, 7}, {"0"}])
def test_layers_that_do_not_exist(outside):
    with pytest.raises(PlacementError, match="The layers outside are .*; network 'chain' has lay"):
        compile_network(NETWORK, SDRAM, 2, outside=frozenset(outside))


def test_a_layer_whose_parts_begin_too_late():
    network = Network("wide", (1, 2, 2), (Dense(1100), Dense(10)))
    config = replace(
        SDRAM, cols=2, latent_depth=1 << 16, basis_depth=1 << 16, program_depth=4096,
        weight_depth=1 << 16, channel_depth=1 << 15,
    )  # fmt: skip
    with pytest.raises(FitError, match="begins at output tile .*; the hardware takes up to 511"):
        compile_network(network, config, 4, outside=frozenset({0}))


def test_a_layer_with_large_output_tiles_stays():
    """Its windows would leave no room, though it has the most pixels."""
    network = Network(
        name="bulky", input=(3, 16, 16),
        layers=(Conv(outputs=16), Conv(outputs=32), Conv(outputs=128, pool=True, cells=2),
                Conv(outputs=16, cells=2, average=True), Dense(10)),
    )  # fmt: skip
    program = compile_network(network, SDRAM, 4)
    inside = [layer.tile_words for layer in program.layers if not layer.outside]
    outside = [layer.tile_words for layer in program.layers if layer.outside]
    assert max(inside) > max(outside)
    check_program(program)
