"""The tiler against a plain loop nest: every beat, its cycle, and the cycles in all."""

from dataclasses import replace

import pytest

from lls_hw.contract.config import IMAGE_BANKS, preset
from lls_hw.contract.timing_array import KEY_CYCLES, MIN_PERIOD, forward_cycles, gradient_cycles
from lls_hw.contract.units import Operation
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.tiler import Tiler
from lls_hw.network.network import Conv, Dense, Network
from lls_hw.program.compiler import compile_network
from tests.gateware.helpers import play

TINY = replace(preset("tiny"), acc_depth=20, sign_depth=4096, latent_depth=4096, image_channels=4)


def networks():
    """Layers of many kinds: the network, its batch and the layer's number."""
    yield Network("dense", (1, 1, 11), (Dense(9), Dense(2))), 3, 0
    yield Network("one", (1, 1, 1), (Dense(1), Dense(2))), 1, 0
    yield Network("conv", (3, 5, 4), (Conv(outputs=6, cells=2), Dense(2))), 2, 0
    yield Network("stride", (5, 7, 6), (Conv(outputs=3, stride=2, cells=1), Dense(2))), 3, 0
    yield Network("pixel", (9, 3, 5), (Conv(outputs=9, kernel=1, cells=1), Dense(2))), 4, 0
    yield Network("large", (2, 9, 9), (Conv(outputs=4, cells=4), Dense(2))), 2, 0
    yield Network("packed", (1, 5, 3), (Conv(outputs=6, cells=1), Dense(2))), 3, 0
    yield Network("narrow", (1, 7, 1), (Conv(outputs=2, cells=1), Dense(2))), 1, 0
    yield Network("colour", (4, 3, 7), (Conv(outputs=3, cells=2), Dense(2))), 2, 0
    yield Network("flat", (3, 4, 4), (Conv(outputs=3, cells=4), Dense(5), Dense(2))), 2, 1


def tiles(config, d, plan, gradient):
    """(first pixel, pixels, output tile, ky, kx, input tile) of each tile, in order."""
    shape, band = plan.shape, d.pixels if gradient else d.band
    for out_tile in range(d.out_tiles):
        for start in range(0, d.pixels, band):
            for ky in range(shape.kernel_height):
                for kx in range(shape.kernel_width):
                    for in_tile in range(d.in_tiles):
                        count = min(band, d.pixels - start)
                        yield start, count, out_tile, ky, kx, in_tile


def expected_beats(config, d, plan, gradient):
    """Beats and weight addresses by cycle after `start`."""
    shape, parts = plan.shape, config.act_word // config.rows
    least = max(config.rows * (2 if gradient else 1), MIN_PERIOD)
    cycle = (KEY_CYCLES if gradient else 1 + config.rows) + 1
    beats, loads = {}, {}
    load_at = 2
    for start, count, out_tile, ky, kx, in_tile in tiles(config, d, plan, gradient):
        tap = ky * shape.kernel_width + kx
        tile = (out_tile * shape.taps + tap) * d.in_tiles + in_tile
        for row in range(config.rows):
            loads[load_at + row] = d.weight_base + tile * config.rows + row
        load_at = cycle
        for k in range(count):
            n, pixel = divmod(start + k, shape.pixels)
            y, x = divmod(pixel, shape.width)
            iy, ix = y * shape.stride + ky - shape.pad, x * shape.stride + kx - shape.pad
            inside = 0 <= iy < shape.in_height and 0 <= ix < shape.in_width
            place = (n * shape.in_height + iy) * shape.in_width + ix
            image_row = n * shape.height + y
            cell = y * shape.cells // shape.height * shape.cells + x * shape.cells // shape.width
            beat = {
                "inside": int(inside),
                "x_part": in_tile % parts,
                "first_sum": int(tap == in_tile == 0),
                "last_sum": int(tap == shape.taps - 1 and in_tile == d.in_tiles - 1),
                "top": int(y == 0),
                "bottom": int(y == shape.height - 1),
                "leftmost": int(x == 0),
                "rightmost": int(x == shape.width - 1),
            }
            if plan.packed:
                beat["image_addr"] = d.x_base + image_row // IMAGE_BANKS * shape.width + x
                beat["image_row"] = image_row % IMAGE_BANKS
                beat["tile"] = in_tile
            elif inside:
                beat["x_addr"] = plan.inputs.base + place * plan.x_word + in_tile // parts
            if gradient:
                words = n * shape.cells**2 + cell
                beat["sample"] = n
                beat["latent_addr"] = d.latent_base + words * d.out_tiles + out_tile
                beat["sign_addr"] = d.sign_base + (start + k) * d.out_tiles + out_tile
            else:
                beat["index"] = k
            control = {
                "first": k == 0,
                "last": k == count - 1 and gradient,
                "swap": k == 0 or gradient,
            }
            beats[cycle + k] = beat, control
        cycle += max(count, least)
    return beats, {} if gradient else loads


@pytest.mark.parametrize("shape", [(4, 4), (2, 4), (8, 4), (2, 8)])
@pytest.mark.parametrize("case", list(networks()), ids=lambda case: f"{case[0].name}-{case[2]}")
@pytest.mark.parametrize("gradient", [False, True])
def test_beats(shape, case, gradient):
    """Two operations, one after the other."""
    network, batch, layer = case
    config = replace(TINY, rows=shape[0], cols=shape[1])
    program = compile_network(network, config, batch)
    plan = program.layers[layer]
    wanted = Operation.GRADIENT if gradient else Operation.FORWARD
    d = next(d for d in program.train if d.operation == wanted and d.layer == layer)
    formula = gradient_cycles if gradient else forward_cycles
    size = {"pixels": d.pixels} if gradient else {"pixels": d.pixels, "band": d.band}
    cycles = formula(
        config, taps=plan.shape.taps, in_tiles=d.in_tiles, out_tiles=d.out_tiles, **size
    )
    assert plan.packed == (layer == 0 and network.name in ("packed", "narrow", "colour"))
    packed = sum(word << 32 * k for k, word in enumerate(d.elements()))
    operation = ARRAY_LAYOUT.from_bits(packed % 2**ARRAY_LAYOUT.size)
    before = [{"operation": operation, "gradient": int(gradient)}] + [{}] * 3
    once = [{"start": 1}, {"start": 0}] + [{}] * (cycles - 1)
    records = play(Tiler(config), before + once * 2 + [{}] * 3, ["busy", "done", "beat"])
    beats, loads = expected_beats(config, d, plan, gradient)
    for run in range(2):
        for cycle in range(cycles + 1):
            record = records[4 + run * (cycles + 1) + cycle]
            beat = record["beat"]
            assert record["busy"] == (cycle < cycles)
            assert record["done"] == (cycle == cycles - 1)
            assert beat.valid == (cycle in beats), cycle
            assert beat.load == (cycle in loads), cycle
            if cycle in loads:
                assert beat.weight_addr == loads[cycle], cycle
            fields, control = beats.get(
                cycle, ({"inside": 0}, dict(first=0, last=0, swap=gradient))
            )
            for name, value in fields.items():
                assert getattr(beat, name) == value, (cycle, name)
            for name, value in control.items():
                assert getattr(beat.control, name) == value, (cycle, name)
            if cycle in beats:
                assert beat.control.gradient == gradient
    assert not records[-1]["beat"].valid
