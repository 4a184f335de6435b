"""Adders with a choice: what they compute, and that the ECP5's cells compute the same."""

import random
import re
import subprocess

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lls_hw.gateware.arithmetic.ecp5_chain import Ecp5Arithmetic
from lls_hw.gateware.arithmetic.select_add import SelectAdd
from lls_hw.gateware.arithmetic.signed_add import SignedAdd
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.toolchain import find_tool
from tests.gateware.helpers import column, play

PROOF = """
read_verilog -overwrite +/ecp5/cells_sim.v
read_rtlil generic.il
read_rtlil chain.il
setattr -mod -unset top chain generic
hierarchy
proc
flatten -wb generic chain
miter -equiv -flatten generic chain both
sat -verify -prove trigger 0 both
"""


def wrapped(value: int, width: int) -> int:
    half = 1 << width - 1
    return (value + half) % (2 * half) - half


class Clocked(wiring.Component):
    """An adder and a register after it: the simulator wants a clock."""

    def __init__(self, adder):
        self._adder = adder
        super().__init__(adder.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.adder = adder = self._adder
        m.d.sync += self.o.eq(adder.o)
        for name in self.signature.members.keys() - {"o"}:
            m.d.comb += getattr(adder, name).eq(getattr(self, name))
        return m


def numbers(rng, width, count=60):
    half = 1 << width - 1
    yield from (0, -1, half - 1, -half)
    yield from (rng.randrange(-half, half) for _ in range(count))


@pytest.mark.parametrize("width", [1, 2, 7, 36])
def test_select_add(width):
    rng = random.Random(width)
    cases = [
        {"a": a, "b": b, "c": c, "select": k % 2}
        for k, (a, b, c) in enumerate(
            zip(*(rng.sample(list(numbers(rng, width)), 64) for _ in range(3)), strict=True)
        )
    ]
    records = play(Clocked(SelectAdd(width)), [*cases, {}], ["o"])
    assert column(records, "o", 1, len(cases)) == [
        wrapped(v["a"] + (v["b"] if v["select"] else v["c"]), width) for v in cases
    ]


@pytest.mark.parametrize("width", [1, 2, 7, 30])
def test_signed_add(width):
    rng = random.Random(width)
    cases = [
        {"a": a, "b": b, "negate": k & 1, "enable": k >> 1 & 1}
        for k, (a, b) in enumerate(
            zip(*(rng.sample(list(numbers(rng, width)), 64) for _ in range(2)), strict=True)
        )
    ]
    records = play(Clocked(SignedAdd(width)), [*cases, {}], ["o"])
    assert column(records, "o", 1, len(cases)) == [
        wrapped(v["a"] + v["enable"] * v["b"] * (1 - 2 * v["negate"]), width) for v in cases
    ]


@pytest.mark.parametrize("cells", [True, False], ids=["chain", "broken chain"])
@pytest.mark.parametrize("adder, width", [(SelectAdd, 9), (SignedAdd, 8)])
def test_cells_of_the_ecp5(adder, width, cells, tmp_path):
    """Proved for all inputs; with one table changed, the proof fails."""
    chain = elaborate(adder(width), "chain", Ecp5Arithmetic())
    assert chain.count("cell \\CCU2C") == (width + 1) // 2
    if not cells:
        first = re.compile(r"(?<=parameter \\INIT1 16').")
        chain = first.sub(lambda bit: str(1 - int(bit[0])), chain, count=1)
    (tmp_path / "chain.il").write_text(chain)
    (tmp_path / "generic.il").write_text(elaborate(adder(width), "generic"))
    done = subprocess.run(
        [find_tool("yosys").path, "-q", "-"], input=PROOF, cwd=tmp_path, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is cells, done.stderr
    assert ("proof did fail" in done.stderr) is not cells
