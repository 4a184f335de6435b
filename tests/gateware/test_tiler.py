"""The tiler against a plain loop nest: every beat, its cycle, and the cycles in all."""

from dataclasses import replace

import pytest

from lls_hw.config import preset
from lls_hw.gateware.tiler import Tiler
from lls_hw.timing import KEY_CYCLES, forward_cycles, gradient_cycles, period
from tests.gateware.helpers import play

TINY = preset("tiny")
FIELDS = (
    "x_addr", "x_part", "sample", "latent_addr", "first_sum", "last_sum", "last_sample",
)  # fmt: skip


def settings(**changes):
    operation = {
        "samples": 3, "in_tiles": 3, "out_tiles": 2, "x_base": 9, "x_stride": 5,
        "weight_base": 40, "latent_base": 11,
    }  # fmt: skip
    return operation | changes


def beats(config, op, gradient):
    """Beats by cycle after `start`: their FIELDS, and the control bits that are set."""
    parts = config.act_word // config.rows
    cycle = (KEY_CYCLES if gradient else 1 + config.rows) + 1
    expected = {}
    for out_tile in range(op["out_tiles"]):
        for in_tile in range(op["in_tiles"]):
            for n in range(op["samples"]):
                last = n == op["samples"] - 1
                expected[cycle + n] = {
                    "x_addr": op["x_base"] + n * op["x_stride"] + in_tile // parts,
                    "x_part": in_tile % parts,
                    "sample": n,
                    "latent_addr": op["latent_base"] + out_tile + n * op["out_tiles"],
                    "first_sum": int(in_tile == 0),
                    "last_sum": int(in_tile == op["in_tiles"] - 1),
                    "last_sample": int(last),
                    "swap": int(n == 0),
                    "first": int(n == 0),
                    "last": int(last and gradient),
                }
            cycle += period(config, op["samples"], gradient)
    return expected


def loads(config, op):
    """Weight addresses by cycle: each tile's rows during the tile before it."""
    tiles = op["in_tiles"] * op["out_tiles"]
    starts = [2] + [
        2 + config.rows + k * period(config, op["samples"], False) for k in range(tiles - 1)
    ]
    return {
        start + row: op["weight_base"] + tile * config.rows + row
        for tile, start in enumerate(starts)
        for row in range(config.rows)
    }


SHAPES = [(4, 4), (2, 4), (4, 8), (8, 4), (2, 8)]
OPERATIONS = [
    settings(), settings(samples=1, in_tiles=1, out_tiles=1), settings(samples=16),
    settings(samples=2, in_tiles=5, out_tiles=1), settings(samples=7, in_tiles=1, out_tiles=4),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("gradient", [False, True])
def test_beats(shape, operation, gradient):
    """Two operations, one after the other."""
    config = replace(TINY, rows=shape[0], cols=shape[1])
    formula = gradient_cycles if gradient else forward_cycles
    cycles = formula(config, operation["samples"], operation["in_tiles"], operation["out_tiles"])
    once = [{"start": 1}, {"start": 0}] + [{}] * (cycles - 1)
    once[0] = {"start": 1, "operation": operation, "gradient": int(gradient)}
    records = play(Tiler(config), once * 2 + [{}] * 3, ["busy", "done", "beat"])
    expected = beats(config, operation, gradient)
    weights = {} if gradient else loads(config, operation)
    for run in range(2):
        for cycle in range(cycles + 1):
            record = records[run * (cycles + 1) + cycle]
            beat = record["beat"]
            assert record["busy"] == (cycle < cycles)
            assert record["done"] == (cycle == cycles - 1)
            assert beat.valid == (cycle in expected), cycle
            assert beat.load == (cycle in weights), cycle
            if cycle in weights:
                assert beat.weight_addr == weights[cycle]
            wanted = expected.get(cycle, {"swap": 0, "first": 0, "last": 0})
            for name in FIELDS:
                if name in wanted:
                    assert getattr(beat, name) == wanted[name], (cycle, name)
            for name in ("swap", "first", "last"):
                assert getattr(beat.control, name) == wanted[name], (cycle, name)
            if cycle in expected:
                assert beat.control.gradient == gradient
    assert not records[-1]["beat"].valid
