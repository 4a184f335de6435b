"""Counters of a run."""

import random

from lls_hw.contract.registers import COUNTERS
from lls_hw.gateware.counters import Counters, PortUses
from tests.gateware.helpers import play

NAMES = [register.name.lower() for register in COUNTERS]
PORTS_OF = {name: f"uses.{name}" if name in PortUses().members else name for name in NAMES}
"""Where the event of each counter is."""


def test_each_counts_its_own_events_since_the_start():
    rng = random.Random(3)
    events = [{name: rng.randrange(2) for name in NAMES} for _ in range(60)]
    clears = [cycle in (0, 29) for cycle in range(60)]
    stimulus = [
        {"clear": clear, **{PORTS_OF[name]: event for name, event in now.items()}}
        for clear, now in zip(clears, events, strict=True)
    ]
    values = [f"values.{name}" for name in NAMES]
    records = play(Counters(), stimulus, values)
    counts = dict.fromkeys(NAMES, 0)
    for clear, now, record in zip(clears, events, records, strict=True):
        assert record == {f"values.{name}": counts[name] for name in NAMES}
        counts = {name: 0 if clear else counts[name] + now[name] for name in NAMES}
    assert len(set(counts.values())) > 1
