"""Columns side by side: what moves east, and the banks of the local update unit."""

import random
from dataclasses import replace

import pytest
import torch

from lls_hw.contract.config import preset
from lls_hw.gateware.array.banks import LatentBanks
from lls_hw.gateware.array.columns import Columns
from lls_hw.gateware.ports import LatentRead
from lls_hw.golden import integer
from tests.gateware.helpers import play

TINY = replace(preset("tiny"), latent_depth=8)
COLS = TINY.cols


def test_banks_choose_the_column():
    """A latent of the column that was asked for 3 cycles ago; an error in one column alone."""
    rng = random.Random(1)
    stimulus, asked, data = [], [], []
    names = [f"reads.{c}.data" for c in range(COLS)]
    for _ in range(100):
        values = [rng.randrange(-131072, 131072) for _ in range(COLS)]
        error = (rng.randrange(8), rng.randrange(COLS), rng.randrange(-131072, 131072))
        asked.append((rng.randrange(8), rng.randrange(COLS), rng.randrange(2), *error))
        data.append(values)
        stimulus.append(
            dict(zip(names, values, strict=True))
            | {"latents.addr": asked[-1][0], "latents.bank": asked[-1][1]}
            | {"errors.enable": asked[-1][2], "errors.addr": error[0]}
            | {"errors.bank": error[1], "errors.data": error[2]}
        )
    outputs = ["latents.data"]
    outputs += [f"reads.{c}.addr" for c in range(COLS)]
    outputs += [f"writes.{c}.{name}" for c in range(COLS) for name in ("enable", "addr", "data")]
    records = play(LatentBanks(TINY), stimulus, outputs)
    for t, (addr, bank, enable, error_addr, error_bank, error) in enumerate(asked[:-3]):
        assert [records[t][f"reads.{c}.addr"] for c in range(COLS)] == [addr] * COLS
        assert records[t + LatentRead.LATENCY]["latents.data"] == data[t + 2][bank]
        for c in range(COLS):
            written = [records[t + 1][f"writes.{c}.{name}"] for name in ("addr", "data")]
            assert written == [error_addr, error]
            assert records[t + 1][f"writes.{c}.enable"] == (enable and c == error_bank)


def test_tokens_reach_column_c_after_c_cycles():
    """A weight of each column, written by the host; one token reads all of them."""
    weights = [100 + c for c in range(COLS)]
    writes = [
        {"token": {"weights": {"host_enable": {"weight": 1}, "host_column": c, "write_addr": 5,
                               "host_data": weight}}}
        for c, weight in enumerate(weights)
    ]  # fmt: skip
    pause = [{"token": {}}] * (COLS + 2)
    read = {"token": {"weights": {"read_addr": 5}}}
    records = play(Columns(TINY), [*writes, *pause, read, *pause, *pause], ["words", "v"])
    start = len(writes) + len(pause)
    for c, weight in enumerate(weights):
        words = [record["words"][c].weight for record in records[start:]]
        assert [t for t, word in enumerate(words) if word == weight] == [3 + c]
        operands = [record["v"][c] for record in records[start:]]
        assert [t for t, operand in enumerate(operands) if operand == weight] == [4 + c]


@pytest.mark.parametrize("sums", [[3, 0, 0, 0], [0, 0, 0, -9], [1, 2, 4, 8], [0, -1, 0, 64]])
def test_magnitude_of_all_columns(sums):
    """OR of |8 LeakyReLU(z)|, one's complement, of what each column emits in its own cycle."""
    token = {"token": {"sum": {"first": 1, "emit": 1}}, "south": sums}
    records = play(Columns(TINY), [token] * (COLS + 4), ["magnitude"])
    expected = 0
    for z in sums:
        expected |= ~z if z < 0 else 8 * z
    assert records[-1]["magnitude"] == expected


@pytest.mark.parametrize("cols", [2, 4])
def test_updates(cols):
    """A row every other cycle, each column a cycle after its western neighbour, in place."""
    rng, rows, shift = random.Random(cols), 12, 11
    config = replace(TINY, cols=cols)
    weights, gradients = (
        [[rng.randrange(-span, span) for _ in range(cols)] for _ in range(rows)]
        for span in (32768, 1 << 24)
    )
    noise = [rng.randrange(1 << 16) for _ in range(rows)]
    column_noise = [rng.randrange(1 << 16) for _ in range(cols)]
    start = rows * cols + cols
    end = start + 2 * rows + cols + 5
    tokens = [{} for _ in range(end + rows)]
    north = [[rng.randrange(1 << 20) for _ in range(cols)] for _ in tokens]
    for k, (row, c) in enumerate((row, c) for row in range(rows) for c in range(cols)):
        host = {"host_enable": {"weight": 1}, "host_column": c, "write_addr": row}
        tokens[k]["weights"] = host | {"host_data": weights[row][c] & 0xFFFF}
    for row in range(rows):
        t = start + 2 * row
        tokens[t] |= {"update": 1, "weights": {"read_addr": row}}
        for k in (2, 3):
            tokens[t + k]["noise"] = noise[row]
        write = {"write_addr": row, "write_enable": 1}
        tokens[t + 5]["weights"] = tokens[t + 5].get("weights", {}) | write
        for c in range(cols):
            north[t + c][c] = gradients[row][c]
        tokens[end + row]["weights"] = {"read_addr": row}
    pairs = zip(tokens, north, strict=True)
    stimulus = [{"token": token, "north": sums} for token, sums in pairs]
    stimulus += [{"token": {}}] * (cols + 3)
    stimulus[0] |= {"settings": {"gradient": 1, "update": {"shift": shift}}, "noise": column_noise}
    records = play(Columns(config), stimulus, ["words"])
    mixed = torch.tensor(noise)[:, None] ^ torch.tensor(column_noise)
    expected = integer.update(torch.tensor(weights), torch.tensor(gradients), shift, mixed)
    for row, c in ((row, c) for row in range(rows) for c in range(cols)):
        assert records[end + row + c + 3]["words"][c].weight == expected[row, c]
