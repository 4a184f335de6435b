"""Places of outputs against a plain loop nest: cells, latents, signs, activations, each cycle."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import ArrayDescriptor
from lls_hw.contract.units import Operation
from lls_hw.gateware.array.output_place import OutputPlace
from lls_hw.gateware.operation import ARRAY_LAYOUT
from tests.gateware.helpers import cell_places, play

TINY = replace(preset("tiny"), latent_depth=4096, sign_depth=4096)
OUTPUTS = [
    "cell", "cell_first", "latent_enable", "latent_addr", "sign_enable", "sign_addr", "word_valid",
    "word_column", "word_odd_row", "word_odd_column", "act_addr", "act_part",
]  # fmt: skip
LATENT, POOL = 1, 2
MAPS = [(7, 5, 2, 2), (2, 2, 0, 3), (4, 6, 1, 1), (9, 3, 1, 2)]
"""Width, height, cell_bits, samples."""


def words_latency(config):
    """Cycles from a step until all columns have their words."""
    return 2 + config.cols


def outputs(d):
    """(output tile, sample, row, column) of each step."""
    for tile in range(d.out_tiles):
        for n in range(d.samples):
            for y in range(d.out_height):
                for x in range(d.out_width):
                    yield tile, n, y, x


def play_operation(config, d, gap, rng):
    """Stimulus of one operation, and the outputs it demands: {cycle: {name: value}}."""
    cells, parts = 1 << d.cell_bits, config.act_word // config.cols
    operation = sum(word << 32 * k for k, word in enumerate(d.elements()))
    start = {"operation": ARRAY_LAYOUT.from_bits(operation % 2**ARRAY_LAYOUT.size)}
    events, demands = [{**start, "restart": 1}, {"restart": 0}], {}
    counts = {}
    for tile, n, y, x in outputs(d):
        while rng.random() < gap:
            events.append({"step": 0})
        t, at_word = len(events), len(events) + words_latency(config)
        events.append({"step": 1})
        cy, first_y, last_y = cell_places(d.out_height, cells)[y]
        cx, first_x, last_x = cell_places(d.out_width, cells)[x]
        complete = last_y and last_x
        pixel = (n * d.out_height + y) * d.out_width + x
        demands.setdefault(t, {}).update(cell=cy * 4 + cx, cell_first=int(first_y and first_x))
        if complete:
            word = d.latent_base + ((n * cells + cy) * cells + cx) * d.out_stride + tile
            demands.setdefault(t + LATENT, {}).update(latent_enable=1, latent_addr=word)
        demands.setdefault(at_word, {}).update(
            sign_enable=1, sign_addr=d.sign_base + pixel * d.out_stride + tile
        )
        if complete or not d.average:
            demands[at_word].update(
                word_valid=1, word_column=x, word_odd_row=y % 2, word_odd_column=x % 2
            )
            if not d.pool or y % 2 and x % 2:
                number = counts[tile] = counts.get(tile, -1) + 1
                demands.setdefault(at_word + POOL, {}).update(
                    written=1, act_addr=d.act_base + number * d.act_stride + tile // parts,
                    act_part=tile % parts,
                )  # fmt: skip
    events.append({"step": 0})
    events += [{}] * (words_latency(config) + POOL + 1)
    return events, demands


def check(config, descriptors, gap, rng):
    stimulus, demands = [], {}
    for d in descriptors:
        events, more = play_operation(config, d, gap, rng)
        demands |= {len(stimulus) + cycle: demand for cycle, demand in more.items()}
        stimulus += events
    for cycle, event in enumerate(stimulus):
        stimulus[cycle] = {**event, "written": demands.get(cycle, {}).pop("written", 0)}
    never = {"latent_enable": 0, "sign_enable": 0, "word_valid": 0}
    for cycle, record in enumerate(play(OutputPlace(config), stimulus, OUTPUTS)):
        for name, value in {**never, **demands.get(cycle, {})}.items():
            assert record[name] == value, (cycle, name)


@pytest.mark.parametrize("gap", [0, 0.4])
@pytest.mark.parametrize("follow", ["none", "pool", "average"])
@pytest.mark.parametrize("shape", [(4, 4), (8, 4), (2, 8)])
def test_places(shape, follow, gap):
    """Operations of different maps, one after the other, back to back and with pauses."""
    config = replace(TINY, rows=shape[0], cols=shape[1])
    rng = random.Random(f"{shape} {follow} {gap}")
    parts = config.act_word // config.cols
    descriptors = []
    for width, height, cell_bits, samples in MAPS:
        act_stride = rng.randrange(1, 3)
        descriptors.append(
            ArrayDescriptor(
                operation=Operation.FORWARD, samples=samples, pixels=samples * width * height,
                out_width=width, out_height=height, cell_bits=cell_bits,
                out_tiles=act_stride * parts, out_stride=act_stride * parts,
                pool=follow == "pool", average=follow == "average",
                act_stride=act_stride, act_base=rng.randrange(99),
                latent_base=rng.randrange(99), sign_base=rng.randrange(99),
            )
        )  # fmt: skip
    check(config, descriptors, gap, rng)


def test_vectors():
    """A fully connected layer: one pixel a sample, whose cell is complete at once."""
    d = ArrayDescriptor(
        operation=Operation.FORWARD, samples=5, pixels=5, out_tiles=3, out_stride=3, act_stride=3,
        act_base=7,
        latent_base=9, sign_base=11,
    )  # fmt: skip
    check(TINY, [d, replace(d, samples=1, pixels=1)], 0, random.Random(0))
