"""The SDRAM's model: each violation provoked once, each fault it can imitate."""

import re
import subprocess
from pathlib import Path

import pytest

from lls_hw.contract.sdram import find_chip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.simulator.sdram import HEADER, model_settings

SOURCE = Path(__file__).with_name("sdram_model.cpp")
CYCLES = SdramCycles(chip=find_chip("EM638325"), frequency=100, phase=270)

VIOLATIONS = {
    "nothing": "nothing was found",
    "t_rcd": "READ of bank 2 at 200637.500 ns: t_rcd is 21.000 ns, but only 20.000 ns have passed "
    "since ACTIVATE.",
    "t_rcd of a write": "WRITE of bank 0 .* t_rcd is 21.000 ns, but only 20.000 ns",
    "t_rp": "ACTIVATE of bank 0 .* t_rp is 21.000 ns, but only 20.000 ns .* since PRECHARGE",
    "t_rp before refresh": "REFRESH of bank 0 .* t_rp is 21.000 ns, but only 20.000 ns",
    "t_rc": "ACTIVATE of bank 0 .* t_rc is 67.000 ns, but only 60.000 ns .* since ACTIVATE",
    "t_ras": "PRECHARGE of bank 1 .* t_ras is 44.000 ns, but only 40.000 ns .* since ACTIVATE",
    "t_ras of all": "PRECHARGE of bank 1 .* t_ras is 44.000 ns, but only 40.000 ns",
    "t_wr": "PRECHARGE of bank 0 .* t_wr is 20.000 ns, but only 10.000 ns .* since WRITE",
    "t_rfc": "ACTIVATE at .* t_rfc is 70.000 ns, but only 60.000 ns .* since REFRESH",
    "t_rfc of two": "REFRESH at .* t_rfc is 70.000 ns, but only 60.000 ns",
    "t_rrd": "ACTIVATE of bank 1 .* t_rrd is 15.000 ns, but only 10.000 ns .* of another bank",
    "t_mrd": "ACTIVATE at .* t_mrd is 2 clocks, but only 1 have passed since MODE",
    "CAS latency": "MODE at .* it sets a CAS latency of 2, not of 3",
    "burst length": "MODE at .* it sets more than a burst length of 1",
    "closed row, read": "READ of bank 1 .* no row is open",
    "closed row, write": "WRITE of bank 0 .* no row is open",
    "row closed again": "READ of bank 0 .* no row is open",
    "open bank": "ACTIVATE of bank 0 .* row 5 is still open",
    "auto-precharge": "READ of bank 0 .* address pin 10 is high",
    "refresh of an open bank": "REFRESH of bank 3 .* row 5 is open",
    "mode with an open bank": "MODE of bank 0 .* a row is open",
    "nobody drives": "WRITE of bank 0 .* nobody drives the data bus",
    "two drivers": "The data bus has two drivers at .* the chip drives it for 43.500 ns",
    "one driver before": "nothing was found",
    "one driver after": "nothing was found",
    "no power-up": "PRECHARGE at 199997.500 ns: the pause after power-up is 200000.000 ns",
    "no precharge": "REFRESH at .* the first command must be PRECHARGE of all banks",
    "too few refreshes": "MODE at .* the chip needs 8 refreshes after power-up and had 7",
    "no mode": "ACTIVATE of bank 0 .* the mode was not set after power-up",
    "no refresh at all": "REFRESH is missing at .* there was none since power-up",
    "refreshes stop": "REFRESH is missing at .* at most 8 may be postponed",
    "refreshes too rare": "REFRESH is missing at .* 4096 are needed in 64000000.000 ns",
    "row open too long": "The row of bank 0 .* it may be open for 100000.000 ns",
    "phase too early": "clock edge comes 1.250 ns after .* setup takes 1.500 ns",
    "phase too late": "0.833 ns before the next; .* hold 1.000 ns",
    "unknown setting": "The SDRAM has no setting colour",
    "missing setting": "The SDRAM needs the setting columns",
    "no number": "rows=many is not a whole number",
    "unknown fault": "The SDRAM has no setting broken",
    "half a pair": "data_stuck=3 needs two numbers",
}
VALUES = {
    "word": 0x12345678,
    "capture": CYCLES.capture,
    "masked bytes": 0xFF3456FF,
    "early is garbage": 1,
    "on time": 0xFF3456FF,
    "late is garbage": 1,
    # 0xa5 was written at row 9, column 5, bank 3; then 0x5a elsewhere.
    "sound": 0xA5,
    "absent": 0x5A,
    "rows": 0x5A,
    "columns": 0x5A,
    "banks": 0x5A,
    "data stuck at 0": 0xA1,
    "data stuck at 1": 0x800000A5,
    "data swapped": 0xA5,
    "address stuck": 0x5A,
    "address swapped": 0xA5,
    "address swapped with one that columns lack": 0x5A,
    "cell stuck": 0xA1,
    "another cell stuck": 0xA5,
    "leaky": 0,
    "leaky, but not yet": 0xA5,
    "another row is leaky": 0xA5,
    "phase is garbage": 1,
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the program prints for each case."""
    program = tmp_path_factory.mktemp("sdram") / "model"
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-parentheses"]
    subprocess.run(
        [*command, f"-I{HEADER.parent}", "-o", str(program), str(SOURCE)], check=True, timeout=120
    )
    done = subprocess.run(
        [str(program), model_settings(CYCLES)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


def test_every_case_is_known(said):
    assert said.keys() == VIOLATIONS.keys() | VALUES.keys()


@pytest.mark.parametrize("case", VIOLATIONS)
def test_violation(said, case):
    assert re.search(VIOLATIONS[case], said[case])


@pytest.mark.parametrize("case", VALUES)
def test_value(said, case):
    assert int(said[case], 16) == VALUES[case]


def test_settings_are_in_picoseconds():
    settings = dict(item.split("=") for item in model_settings(CYCLES).split(","))
    assert settings["t_is"] == "1500" and settings["refresh_window"] == str(64 * 10**9)
    assert settings["frequency"] == "100000000" and settings["phase"] == "270000"
    assert settings["cas_latency"] == "3" and settings["rows"] == "2048"
