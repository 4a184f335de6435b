"""Counters of a run."""

import random

from lls_hw.contract.registers import COUNTERS
from lls_hw.gateware.counters import Counters
from tests.gateware.helpers import play

NAMES = [register.name.lower() for register in COUNTERS]


def test_each_counts_its_own_events_since_the_start():
    rng = random.Random(3)
    stimulus = [{name: rng.randrange(2) for name in NAMES} for _ in range(60)]
    for cycle, inputs in enumerate(stimulus):
        inputs["clear"] = cycle in (0, 29)
    values = [f"values.{name}" for name in NAMES]
    records = play(Counters(), stimulus, values)
    counts = dict.fromkeys(NAMES, 0)
    for inputs, record in zip(stimulus, records, strict=True):
        assert record == {f"values.{name}": counts[name] for name in NAMES}
        counts = {n: 0 if inputs["clear"] else counts[n] + inputs[n] for n in NAMES}
    assert len(set(counts.values())) > 1
