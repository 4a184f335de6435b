"""The walker through outputs and tiles, with pauses, one run after another."""

import random

import pytest

from lls_hw.gateware.array.walker import Walker
from tests.gateware.helpers import play


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 4])
def test_addresses(parts, together):
    """`last` comes with the last step of a tile, or cycles later and without one."""
    rng = random.Random(parts)
    stimulus, expected = [{}], [None]
    for base, stride, outputs, tiles in ((5, 3, 4, 6), (20, 1, 1, 5), (60, 0, 2, 3)):
        stimulus.append({"base": base, "stride": stride, "restart": 1, "last": 0})
        expected.append(None)
        for tile in range(tiles):
            for n in range(outputs):
                for step in [0] * rng.randrange(3) + [1]:
                    last = int(together and step and n == outputs - 1)
                    stimulus.append({"restart": 0, "step": step, "last": last})
                    expected.append(((base + n * stride + tile // parts) % 64, tile % parts))
            if not together:
                for last in [0] * rng.randrange(3) + [1]:
                    stimulus.append({"step": 0, "last": last})
                    expected.append(((base + outputs * stride + tile // parts) % 64, tile % parts))
        stimulus.append({"step": 0, "last": 0})
        expected.append(((base + tiles // parts) % 64, tiles % parts))
    records = play(Walker(64, parts), stimulus, ["addr", "part"])
    for record, wanted in zip(records, expected, strict=True):
        assert wanted is None or (record["addr"], record["part"]) == wanted


def test_restart_goes_before_step_and_last():
    events = [{"base": 9, "stride": 1, "restart": 1, "step": 1, "last": 1}, {"restart": 0}, {}]
    records = play(Walker(16), events, ["addr"])
    assert [record["addr"] for record in records[1:]] == [9, 10]
