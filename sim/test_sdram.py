"""The SDRAM controller against the model of the chip: values, latencies, words a cycle, faults."""

from dataclasses import replace

import pytest

from lls_hw.contract.sdram import find_chip
from lls_hw.contract.sdram_cycles import (
    PIN_LATENCY,
    REFRESH_LATENCY,
    SdramCycles,
    read_latency,
    row_change_cycles,
    words_per_cycle,
)
from lls_hw.gateware.verilog import elaborate
from lls_hw.simulator.sdram_controller import (
    RunFailed,
    SdramTop,
    build_controller,
    run_controller,
)


def at(chip: str, frequency: float, phase: float) -> SdramCycles:
    """A chip at its clock."""
    return SdramCycles(chip=find_chip(chip), frequency=frequency, phase=phase)


ULX3S = at("MT48LC16M16A2", 80, 270)
CORNERS = [
    ULX3S,
    at("AS4C32M16SB", 100, 306),
    at("EM638325", 60, 290),
    at("2xM12L16161A", 25, 346),
]
"""All sizes, widths and numbers of banks; the slowest and the fastest clock."""
MOVED = [("write", 100_000), ("read", 100_000), ("alternate", 100_000)]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The driver's program for a controller, built once."""
    programs = {}

    def of(cycles: SdramCycles):
        if cycles not in programs:
            folder = tmp_path_factory.mktemp("controller")
            programs[cycles] = build_controller(elaborate(SdramTop(cycles), "controller"), folder)
        return programs[cycles]

    return of


def name(cycles: SdramCycles) -> str:
    return f"{cycles.chip.name}-{cycles.frequency}"


@pytest.mark.parametrize("cycles", CORNERS, ids=name)
def test_words_and_rates(program, cycles):
    """Every word compared; the rates that the project asks for, and those of the formula."""
    found = run_controller(program(cycles), cycles, MOVED)
    rate = {pattern: numbers["accesses"] / numbers["cycles"] for pattern, numbers in found.items()}
    assert found["read"]["compared"] == found["read"]["accesses"] == 100_000
    assert rate["write"] >= 0.95 and rate["read"] >= 0.95 and rate["alternate"] >= 0.80
    for pattern in ("write", "read"):
        wanted = float(words_per_cycle(cycles, write=pattern == "write"))
        assert rate[pattern] == pytest.approx(wanted, abs=0.001)


@pytest.mark.parametrize("cycles", CORNERS, ids=name)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_accesses(program, cycles, seed):
    found = run_controller(
        program(cycles), cycles, [("random", 50_000), ("stalls", 50_000)], seed=seed
    )
    assert found["random"]["compared"] > 5_000 and found["stalls"]["compared"] > 5_000


@pytest.mark.parametrize("cycles", CORNERS, ids=name)
def test_latencies(program, cycles):
    """Those of the docstrings, in cycles from an accepted command to its data."""
    found = run_controller(program(cycles), cycles, [("latency", 0)])["latency"]
    open_ = read_latency(cycles)
    assert found == {
        "open": open_,
        "closed": open_ + row_change_cycles(cycles, closed=True),
        "miss": open_ + row_change_cycles(cycles),
        "after_write": open_ + row_change_cycles(cycles, after_write=True),
        "turnaround": open_ + cycles.turnaround + 1,
    }


def test_refreshes_for_a_whole_window(program):
    """64 ms of the chip's time, idle and busy: the model counts the refreshes."""
    cycles = CORNERS[3]
    patterns = [("wait", 1_700_000), ("read", 1_700_000)]
    found = run_controller(program(cycles), cycles, patterns)
    assert found["read"]["cycles"] > 64_000 * cycles.frequency


def test_power_up_is_no_longer_than_predicted(program):
    """The first word comes after the power-up intervals and the commands of the initialisation."""
    cycles = ULX3S
    found = run_controller(program(cycles), cycles, [("first", 0)])["first"]
    commands = (
        cycles.precharge
        + cycles.chip.timing.power_up_refreshes * cycles.refresh
        + cycles.mode
        + cycles.activate
    )
    power_up = cycles.power_up_intervals * cycles.refresh_interval + REFRESH_LATENCY
    assert found["cycles"] == power_up + commands + PIN_LATENCY + cycles.capture


WRONG = "Word .* reads as .*, but .* was written|A word came that nobody"


@pytest.mark.parametrize("capture", [ULX3S.capture - 1, ULX3S.capture + 1])
def test_another_capture_cycle_reads_garbage(program, capture):
    with pytest.raises(RunFailed, match=WRONG):
        run_controller(program(ULX3S), ULX3S, MOVED, capture=capture)


def test_another_phase_reads_with_another_capture_cycle(program):
    """The number of cycles is an input: one bitstream serves several phases."""
    late, early = CORNERS[2], at("EM638325", 60, 90)
    assert (late.capture, early.capture) == (4, 3)
    assert run_controller(program(late), early, MOVED)["read"]["compared"] == 100_000
    with pytest.raises(RunFailed, match=WRONG):
        run_controller(program(late), early, MOVED, capture=late.capture)


@pytest.mark.parametrize(
    "faults",
    ["absent", "rows=4096", "columns=256", "banks=2", "data_stuck=15:0", "data_stuck=0:1",
     "address_stuck=12:0", "address_stuck=3:1", "phase=90000"],
)  # fmt: skip
def test_faults_are_found(program, faults):
    """By whoever writes and reads the whole chip."""
    with pytest.raises(RunFailed, match=WRONG):
        run_controller(program(ULX3S), ULX3S, [("write", 0), ("read", 0)], faults=faults)


@pytest.mark.parametrize(
    "limit, sentence",
    [
        ({"t_rcd": 26}, "READ|WRITE .* t_rcd is 26.000 ns"),
        ({"t_rp": 26}, "t_rp is 26.000 ns, but only 25.000 ns"),
        ({"t_rc": 80}, "ACTIVATE .* t_rc is 80.000 ns, but only 75.000 ns"),
        ({"t_ras": 51}, "PRECHARGE .* t_ras is 51.000 ns, but only 50.000 ns"),
        ({"t_wr": 26}, "PRECHARGE .* t_wr is 26.000 ns, but only 25.000 ns"),
        ({"t_rfc": 76}, "t_rfc is 76.000 ns, but only 75.000 ns"),
        ({"t_mrd": 3}, "t_mrd is 3 clocks, but only 2 have passed"),
        ({"t_hz": 25}, "The data bus has two drivers"),
        ({"power_up_refreshes": 9}, "needs 9 refreshes after power-up and had 8"),
        ({"cas_latency": 2}, "it sets a CAS latency of 3, not of 2"),
    ],
)
def test_no_limit_is_kept_with_a_cycle_to_spare(program, limit, sentence):
    """A chip that wants a little more is not served: each number of cycles is the least."""
    timing = replace(ULX3S.chip.timing, **limit)
    chip = replace(ULX3S.chip, timing=timing)
    slower = SdramCycles(chip=chip, frequency=80, phase=270)
    with pytest.raises(RunFailed, match=sentence):
        run_controller(
            program(ULX3S),
            slower,
            [("random", 20_000), ("alternate", 20_000)],
            capture=ULX3S.capture,
        )
