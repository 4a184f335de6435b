"""Parts of the SDRAM controller, cycle by cycle."""

import random

import pytest

from lls_hw.contract.sdram import find_chip
from lls_hw.gateware.external.countdown import Countdown
from lls_hw.gateware.external.maintenance import mode_register
from lls_hw.gateware.external.open_rows import OpenRows
from lls_hw.gateware.external.ports import Operation, SdramPins
from lls_hw.gateware.external.refresh_timer import RefreshTimer
from tests.gateware.helpers import play

CHIP = find_chip("EM638325")


@pytest.mark.parametrize("times", [{"READ": 1}, {"READ": 5}, {"ACTIVATE": 3, "REFRESH": 7}])
def test_countdown(times):
    """Low in the cycles 1 to N - 1 after the last operation that counts."""
    times = {Operation[name]: time for name, time in times.items()}
    rng = random.Random(1)
    operations = [rng.choice([*Operation, *[Operation.NOP] * 20]) for _ in range(600)]
    found = play(Countdown(times), [{"operation": o} for o in operations], ["over"])
    end = 0
    for cycle, operation in enumerate(operations):
        assert found[cycle]["over"] == (cycle >= end), cycle
        if operation in times:
            end = cycle + times[operation]


@pytest.mark.parametrize("interval, answer", [(4, 0), (16, 5), (195, 30), (1562, 1)])
def test_refresh_timer(interval, answer):
    """Due every `interval` cycles, whenever the refresh comes."""
    cycles = 5 * interval
    stimulus = [{"done": n >= interval and (n - answer) % interval == 0} for n in range(cycles)]
    found = [r["due"] for r in play(RefreshTimer(interval), stimulus, ["due"])]
    wanted = [n >= interval and n % interval <= answer for n in range(cycles)]
    assert found == wanted


def test_open_rows():
    """Against a dictionary; changes show in the next cycle."""
    rng = random.Random(2)
    rows = {}
    stimulus, wanted = [], []
    for _ in range(2000):
        bank, row = rng.randrange(CHIP.banks), rng.choice([0, 1, 1024, 2047])
        changed_bank, changed_row = rng.randrange(CHIP.banks), rng.choice([0, 1, 1024, 2047])
        change = rng.choice(["activate", "precharge", "precharge_all", None, None])
        stimulus.append(
            {"bank": bank, "row": row, "changed_bank": changed_bank, "changed_row": changed_row}
            | {name: name == change for name in ("activate", "precharge", "precharge_all")}
        )
        wanted.append((bank in rows, rows.get(bank) == row))
        if change == "activate":
            rows[changed_bank] = changed_row
        elif change == "precharge":
            rows.pop(changed_bank, None)
        elif change == "precharge_all":
            rows.clear()
    found = play(OpenRows(CHIP), stimulus, ["open", "hit"])
    assert [(r["open"], r["open"] and r["hit"]) for r in found] == wanted


def test_operations_are_the_pins():
    """JEDEC's table: RAS#, CAS#, WE#."""
    table = {"MODE": "000", "REFRESH": "001", "PRECHARGE": "010", "ACTIVATE": "011",
             "WRITE": "100", "READ": "101", "NOP": "111"}  # fmt: skip
    assert {o.name: f"{o.value:03b}" for o in Operation} == table


def test_mode_is_burst_length_1_and_cas_latency_3():
    assert mode_register(CHIP) == 0b011_0_000


@pytest.mark.parametrize("name, widths", [("EM638325-half", (11, 1, 4, 32)),
                                          ("MT48LC16M16A2", (13, 2, 2, 16))])  # fmt: skip
def test_pins_are_as_wide_as_the_chip(name, widths):
    members = SdramPins(find_chip(name)).members
    assert tuple(members[n].shape for n in ("a", "ba", "dqm", "dq_o")) == widths
    assert members["dq_oe"].shape == members["dq_i"].shape == widths[-1]
