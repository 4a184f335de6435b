"""The test of the external memory, on a simulated chip that is sound and on broken ones."""

import re
from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.counters import COUNTER_NAMES
from lls_hw.contract.memory_check import Pass, pattern
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.sdram import find_chip
from lls_hw.driver.errors import InputError, LinkTimeout, NoSuchDevice
from lls_hw.driver.memory_check import PassResult, run_pass
from lls_hw.golden.external_memory import RETENTION, MemoryRange, external_test, memory_range
from lls_hw.golden.memory_faults import address_fault, element_fault, place_name
from lls_hw.golden.verify import Mismatch
from lls_hw.simulator.memory_board import memory_device

CONFIG = preset("sdram")
CHIP = find_chip("MT48LC16M16A2")
FEW = MemoryRange(elements=20_000, pause=100_000)


@pytest.fixture(scope="module")
def board():
    with memory_device(CONFIG) as device:
        yield device


def test_a_sound_chip(board):
    """All of the work is reported as progress; the last pass leaves the inverted pattern."""
    steps = []
    assert external_test(board, FEW, steps.append) == FEW
    assert sum(steps) == FEW.work == 2 * (3 * 20_000 + 100_000)
    kept = board.read(Space.EXTERNAL, 0, 500).view(np.uint16)
    assert kept.tolist() == [pattern(place, inverted=True) for place in range(500)]


@pytest.mark.parametrize("first", [0, 511, 12_345_678, (1 << 24) - 300])
def test_a_pass_writes_the_pattern_where_it_is_asked_to(board, first):
    around = max(first - 1, 0)
    board.write(Space.EXTERNAL, around, np.full(2, 99, np.int16))
    assert run_pass(board, Pass.WRITE, first, 300).errors == 0
    kept = board.read(Space.EXTERNAL, first, 300).view(np.uint16)
    assert kept.tolist() == [pattern(first + k) for k in range(300)]
    if first:
        assert board.read(Space.EXTERNAL, around, 1)[0] == 99
    changed = np.array([pattern(first + 17) ^ 0x0204], np.uint16).view(np.int16)
    board.write(Space.EXTERNAL, first + 17, changed)
    found = run_pass(board, Pass.READ, first, 300)
    assert found == PassResult(errors=1, first=first + 17, bits=0x0204, every=0x0204)


def test_a_pause_takes_its_cycles_on_the_board(board):
    started = board.register(Register.CLOCK)
    assert run_pass(board, Pass.PAUSE, 0, 50_000).errors == 0
    assert board.register(Register.CLOCK) - started > 50_000


def test_the_board_is_not_idle_during_a_pass(board):
    """What the host writes to the memory waits for its end."""
    board.write(Space.EXTERNAL, 3, np.array([1], np.int16))
    board.write(Space.CONTROL, Register.TEST_PLACE, [0])
    board.write(Space.CONTROL, Register.TEST_VALUE, [0])
    packed = Register.TEST_PASS.fields.pack(count=30_000, what=Pass.WRITE)
    board.write(Space.CONTROL, Register.TEST_PASS, [packed])
    board.write(Space.EXTERNAL, 3, np.array([77], np.int16))
    assert board.read(Space.EXTERNAL, 3, 1)[0] == 77
    assert not Register.TEST_STATE.fields.unpack(board.register(Register.TEST_STATE))["busy"]


STUCK = "check its pin in the board's file and its solder joint"
SMALLER = "The chip is smaller than the 32 MB that the bitstream expects, 16 MB"
FAULTS = {
    "absent": "does not answer: there is no chip, or nobody drives the data lines (0x0001 was "
    "written, 0xfffe was read); check that the board has the SDRAM",
    "data_stuck=3:1": f"data line 3 is stuck at 1 (0x0001 was written, 0x0009 was read); {STUCK}",
    "data_stuck=12:0": f"data line 12 is stuck at 0 (0x1000 was written, 0x0000 was read); {STUCK}",
    "rows=4096": f"address bit 23 makes no difference. {SMALLER}, or address line 12, which only "
    "rows use, is stuck or open; build for the chip that the board has",
    "rows=2048": "address bits 22, 23 make no difference. The chip is smaller than the 32 MB that "
    "the bitstream expects, 8 MB, or address line 11, 12",
    "columns=256": f"address bit 8 makes no difference. {SMALLER}, or address line 8 is swapped "
    "with one that columns lack, 9..12; build for the chip that the board has",
    "banks=2": "address bit 10 makes no difference. Bank pin 1 is open or stuck, or the chip is "
    "smaller than the 32 MB that the bitstream expects, 16 MB; check the pin, or build for a chip "
    "with fewer banks",
    "rows=4096,banks=2": "address bits 10, 23 make no difference. The chip is smaller than the "
    "32 MB that the bitstream expects, 8 MB, or several lines are stuck",
    "address_stuck=4:0": "address bits 4, 15 make no difference. Address line 4 is stuck or open, "
    f"for rows and columns miss the same one; {STUCK}",
    "address_stuck=4:1": "Address line 4 is stuck or open, for rows and columns miss the same one",
    "address_stuck=11:0": "address bit 22 makes no difference. Address line 11, which only rows "
    f"use, is stuck or open; {STUCK}",
    "address_stuck=12:1": f"{SMALLER}, or address line 12, which only rows use, is stuck or open",
    "address_swapped=3:11": "address bit 3 makes no difference. Address line 3 is swapped with one "
    "that columns lack, 9..12; check the pins in the board's file",
    "address_swapped=8:9": "or address line 8 is swapped with one that columns lack, 9..12",
    "phase=120000": "the data lines are read at a wrong time (0x0001 was written, 0x",
    "cell_stuck=777:4": "1 of 20,000 elements of the external memory are wrong right after they "
    "were written. The first is element 777 (row 0, bank 1, column 265): 0x365e was written, "
    "0x364e was read, bit 4 wrong. Single cells are broken; try another board",
    "leaky=3:1000": "2,048 of 20,000 elements of the external memory are wrong 100,000 cycles "
    "later. The first is element 6,144 (row 3, bank 0, column 0): 0x3358 was written, 0x0000 was "
    "read, bits 3, 4, 6, 8, 9, 12, 13 wrong, in all of them bits 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "
    "11, 12, 13, 14, 15. The chip forgets: its refresh does not reach these rows",
}
"""What is said about each fault."""


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_chips_are_named(monkeypatch, fault):
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", fault)
    with memory_device(CONFIG) as device, pytest.raises(Mismatch) as error:
        external_test(device, FEW)
    assert FAULTS[fault] in str(error.value)


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        ("broken", "The SDRAM has no setting broken."),
        ("rows=many", "rows=many is not a whole number."),
        *(
            (
                f"{name}={number}",
                f"{number} is no power of two in 1..{most}, as many as the chip has.",
            )
            for name, most in (("rows", CHIP.rows), ("banks", CHIP.banks))
            for number in (-1, 0, 3, 2 * most, 9999999999)
        ),
        ("data_stuck=3", "data_stuck=3 needs two numbers, such as 3:1."),
        ("data_stuck=32:1", "data_stuck=32:1 is out of range; the numbers may be 0..31 and 0..1."),
        ("cell_stuck=0:32", "the numbers may be 0..2147483647 and 0..31."),
        ("data_swapped=-1:0", "the numbers may be 0..31 and 0..31."),
    ],
)
def test_faults_that_no_chip_has(monkeypatch, capfd, nonsense, said):
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", nonsense)
    with pytest.raises(NoSuchDevice, match="did not start; see its message above"):
        memory_device(CONFIG)
    *_, line = capfd.readouterr().err.splitlines()  # the board may have to be compiled first
    assert line.startswith(f"LLS_HW_SIMULATOR_SDRAM is '{nonsense}': ")
    assert line.endswith(f"{said} Correct or unset it.")


@pytest.mark.parametrize(
    "harmless",
    ["data_swapped=3:5", "address_swapped=0:7", "address_swapped=9:12", "leaky=3:100000"],
)
def test_what_no_test_can_see(monkeypatch, harmless):
    """Lines that are swapped on the way in as on the way out; a row that lasts for long enough."""
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", harmless)
    with memory_device(CONFIG) as device:
        assert external_test(device, FEW) == FEW


def test_a_cell_that_holds_one_value_is_found_with_the_opposite(monkeypatch):
    """Bit 0 of element 3 is 0 in the pattern, 1 in its opposite."""
    assert not pattern(3) & 1
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", "cell_stuck=3:0")
    with memory_device(CONFIG) as device:
        assert run_pass(device, Pass.WRITE, 0, 10).errors == 0
        assert run_pass(device, Pass.READ, 0, 10).errors == 0
        with pytest.raises(Mismatch, match=r"element 3 .*bit 0 wrong"):
            external_test(device, MemoryRange(elements=10, pause=1))


@pytest.mark.parametrize(
    ("result", "paused", "said"),
    [
        (PassResult(errors=900, first=7, bits=8, every=8), 0, "Data line 3 is late or has a bad"),
        (PassResult(errors=900, first=7, bits=8, every=10), 0, "Data line 1, 3 is late or has"),
        (PassResult(errors=16, first=7, bits=8, every=8), 0, "Single cells are broken"),
        (PassResult(errors=900, first=7, bits=7, every=0xFFFF), 0, "at a wrong time, or change"),
        (PassResult(errors=90, first=7, bits=7, every=0xFFFF), 0, "at the edge of what works"),
        (PassResult(errors=1, first=7, bits=8, every=8), 50, "are wrong 50 cycles later."),
    ],
)
def test_looks(result, paused, said):
    sentence = element_fault(result, 1000, inverted=False, paused=paused, chip=CHIP)
    assert said in sentence
    written, read = re.search(r"(0x\w+) was written, (0x\w+) was read", sentence).groups()
    assert int(written, 16) == pattern(7)
    assert int(read, 16) == pattern(7) ^ result.bits


def test_chips_that_nobody_knows():
    assert place_name(70_000, None) == "element 70,000"
    assert "address bits 3, 9 make no difference. The chip is smaller" in address_fault(
        [3, 9], None
    )


def test_ranges(board):
    assert memory_range(board, None) == MemoryRange(elements=1 << 24)
    assert memory_range(board, 1 << 24) == MemoryRange(elements=1 << 24)
    assert memory_range(board, 1) == MemoryRange(elements=1, pause=RETENTION)
    for asked, tested in ((None, 1 << 16), (1, 1), (70_000, 70_000)):
        found = memory_range(board, asked, simulated=True)
        assert found == MemoryRange(elements=tested, pause=tested)
    assert memory_range(board, 1 << 24, simulated=True).pause == RETENTION
    for wrong in (0, -1, (1 << 24) + 1):
        with pytest.raises(InputError, match=f"^{wrong} elements .* 16777216 elements; choose 1"):
            memory_range(board, wrong)


def test_a_board_without_one(board, monkeypatch):
    monkeypatch.setattr(board, "config", replace(CONFIG, external_depth=0))
    assert memory_range(board, None, simulated=True) is None
    with pytest.raises(InputError, match="the simulated memory has none; leave the number out"):
        memory_range(board, 5)


def test_a_pass_that_stands_still(board, monkeypatch):
    """A board that says it is busy for ever."""
    state = Register.TEST_STATE.fields.pack(left=300, busy=1)
    monkeypatch.setattr("lls_hw.driver.memory_check._PATIENCE", 0.2)
    monkeypatch.setattr(board, "read", lambda *place: np.array([state, 0, 0, 0]))
    with pytest.raises(LinkTimeout, match="stood still for 0.2 s with 300 of 1000 elements left"):
        run_pass(board, Pass.READ, 0, 1000)
    monkeypatch.undo()
    assert run_pass(board, Pass.WRITE, 0, 10).errors == 0


def test_counters_of_a_memory_without_an_engine(board):
    """They belong to the engine's runs."""
    values = [board.register(Register[name.upper()]) for name in COUNTER_NAMES]
    assert not any(values)
