"""The output edge: where the skewed outputs of the columns are written, and when."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.output_edge import OutputEdge
from tests.gateware.helpers import play

CELL_AT, LATENCY, POOL = 3, 6, 2


@pytest.mark.parametrize("classifier", [0, 1])
@pytest.mark.parametrize("cols", [2, 4, 8])
def test_fully_connected_layer(cols, classifier):
    """Two output tiles of five samples: each is a cell, a latent, a sign and a word of its own."""
    config = replace(preset("tiny"), rows=2, cols=cols)
    rng = random.Random(cols)
    samples, tiles = 5, 2
    operation = {
        "samples": samples, "out_tiles": tiles, "out_stride": tiles,
        "out_width": 1, "out_height": 1, "act_base": 100,
        "act_stride": 3, "latent_base": 50, "sign_base": 70, "classifier": classifier,
    }  # fmt: skip
    emits, t = [], 6
    for _ in range(samples * tiles):
        t += rng.choice([1, 1, 2, 5])
        emits.append(t)
    values = [[(rng.randrange(-127, 128), rng.randrange(2)) for _ in range(cols)] for _ in emits]
    stimulus = [{"emit": int(t in emits), "outputs": [{}] * cols} for t in range(t + cols + 12)]
    stimulus[0] |= {"operation": operation}
    stimulus[4] |= {"start": 1}
    stimulus[5] |= {"start": 0}
    for emit, row in zip(emits, values, strict=True):
        for c, (h, negative) in enumerate(row):
            event = stimulus[emit + LATENCY + c]
            event["outputs"] = [*event["outputs"]]
            event["outputs"][c] = {"h": h, "negative": negative}
    ports = ["token", "signs.enable", "signs.addr", "signs.data"]
    ports += [f"activations.{name}" for name in ("enable", "addr", "part", "data")]
    records = play(OutputEdge(config), stimulus, ports)
    at_sign = [emit + LATENCY + cols - 1 for emit in emits]
    assert [t for t, r in enumerate(records) if r["token"].enable] == [e + CELL_AT for e in emits]
    latents = [t for t, r in enumerate(records) if r["token"].latent_enable]
    assert latents == [e + CELL_AT + 1 for e in emits]
    assert [t for t, r in enumerate(records) if r["signs.enable"]] == at_sign
    written = [t for t, r in enumerate(records) if r["activations.enable"]]
    assert written == ([] if classifier else [t + POOL for t in at_sign])
    for n, (emit, row) in enumerate(zip(emits, values, strict=True)):
        tile, sample = divmod(n, samples)
        token = records[emit + CELL_AT + 1]["token"]
        assert token.latent_addr == 50 + sample * tiles + tile
        assert records[emit + CELL_AT]["token"].first == 1
        sign = records[at_sign[n]]
        assert sign["signs.addr"] == 70 + sample * tiles + tile
        assert sign["signs.data"] == sum(bit << c for c, (_, bit) in enumerate(row))
        word = records[at_sign[n] + POOL]
        assert list(word["activations.data"]) == [h for h, _ in row]
        assert word["activations.addr"] == 100 + 3 * sample + tile * cols // config.act_word
        assert word["activations.part"] == 0
