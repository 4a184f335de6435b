"""Who has the addresses of the weights, and the host's way to one column of them."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.array.host_access import HostAccess
from lls_hw.gateware.array.weight_access import WeightAccess
from lls_hw.golden import noise
from tests.gateware.helpers import play

TINY = preset("tiny")


@pytest.mark.parametrize("momentum", [False, True])
def test_host(momentum):
    """A write leaves a cycle later, a read and what comes back at once."""
    config = replace(TINY, momentum=momentum)
    rng = random.Random(momentum)
    fields = {"weight": 15, "velocity": 31} if momentum else {"weight": 15}
    stimulus = []
    for _ in range(80):
        enable = rng.choice(["write_enable", "write_velocity"][: 1 + momentum])
        word = {field: rng.randrange(-(1 << bits), 1 << bits) for field, bits in fields.items()}
        stimulus.append(
            {"weights.write_enable": 0, **({"weights.write_velocity": 0} if momentum else {})}
            | {f"weights.{enable}": rng.randrange(2), "word": word}
            | {"weights.write_addr": rng.randrange(2048), "weights.read_addr": rng.randrange(2048)}
            | {"weights.write_column": rng.randrange(4), "weights.read_column": rng.randrange(4)}
            | {"weights.write_data": rng.getrandbits(max(fields.values()) + 1)}
        )
    outputs = ["access", "weights.read_data", *["weights.read_velocity"] * momentum]
    records = play(HostAccess(config), stimulus, outputs)
    for given, now, later in zip(stimulus, records, records[1:], strict=False):
        access = later["access"]
        assert now["access"].read_addr == given["weights.read_addr"]
        assert access.write_addr == given["weights.write_addr"]
        assert access.host_enable.weight == given["weights.write_enable"]
        assert access.host_column == given["weights.write_column"]
        assert access.host_data == given["weights.write_data"]
        assert not access.write_enable
        word = given["word"]
        assert now["weights.read_data"] == word["weight"]
        if momentum:
            assert access.host_enable.velocity == given["weights.write_velocity"]
            assert now["weights.read_velocity"] == word["velocity"]


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("cols", [2, 4, 16])
def test_column_choice(cols, momentum):
    """The word of another column in every cycle, LATENCY cycles later."""
    config = replace(TINY, cols=cols, momentum=momentum)
    rng = random.Random(cols)
    fields = {"weight": 15, "velocity": 31} if momentum else {"weight": 15}
    stimulus = [
        {
            "column": rng.randrange(cols),
            "words": [
                {field: rng.randrange(-(1 << bits), 1 << bits) for field, bits in fields.items()}
                for _ in range(cols)
            ],
        }
        for _ in range(60)
    ]
    # Each column's word is looked at in the cycle in which it is asked for.
    records = play(ColumnChoice(config), stimulus, ["word"])
    for given, later in zip(stimulus, records[ColumnChoice.LATENCY :], strict=False):
        expected = given["words"][given["column"]]
        assert {name: later["word"][name] for name in fields} == expected


def test_addresses():
    """The host's while idle, of the beat in a forward operation, of the schedule in a gradient."""
    idle = {"busy": 0, "host.read_addr": 11, "host.write_addr": 12, "coming_addr": 13}
    start = {"busy": 1, "gradient": 1, "start": 1, "operation": {"weight_base": 14, "in_tiles": 1}}
    stimulus = [idle, {}, {"busy": 1}, start, {"start": 0}, {"busy": 0}]
    records = [r["access"] for r in play(WeightAccess(TINY), stimulus, ["access"])]
    assert [record.read_addr for record in records] == [11, 11, 13, 13, 14, 11]
    assert [record.write_addr for record in records] == [0, 12, 0, 0, 0, 12]


def test_update():
    """A tile's last beat: its rows' weights are read, and meet their noise and their write."""
    rows, base, step, layer = TINY.rows, 40, 77, 3
    operation = {"weight_base": base, "in_tiles": 1, "in_channels": rows, "layer": layer}
    stimulus = [{"busy": 1, "gradient": 1, "start": 1, "step": step, "operation": operation}]
    stimulus += [{"start": 0}] * 47
    t = len(stimulus)
    stimulus += [{"beat": {"control": {"last": 1}, "last_sum": 1}}, {"beat": {}}]
    stimulus += [{}] * (7 + 2 * rows + 6)
    records = play(WeightAccess(TINY), stimulus, ["access", "noise", "column_noise"])
    expected = noise.noise(step, layer, rows, TINY.cols)
    writes = {k: r["access"].write_addr for k, r in enumerate(records) if r["access"].write_enable}
    assert writes == {t + 12 + 2 * r: base + r for r in range(rows)}
    for r in range(rows):
        assert records[t + 7 + 2 * r]["access"].read_addr == base + r
        row = records[t + 9 + 2 * r]
        seen = [row["noise"] ^ row["column_noise"][c] for c in range(TINY.cols)]
        assert seen == expected[r].tolist()
