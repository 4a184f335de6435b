"""The crossing between two clock domains, proved over its first steps: any clocks, any stalls."""

import subprocess

import pytest
from amaranth.hdl import Assert, ClockDomain, ClockSignal, Fragment, Instance, Module, Signal
from amaranth.lib import fifo, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.link import usb_crossing
from lls_hw.gateware.link.usb_crossing import Crossing
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.toolchain import find_tool

DEPTH = 2
"""Of the FIFO in the proof, which soon runs full; its counters then go round."""
STEPS = 18
"""In each step either clock may rise or fall, or both."""
PROOF = """
read_rtlil design.il
hierarchy -top design
proc
flatten
memory -nomap
memory_map
clk2fflogic
chformal -lower
opt -full
sat -verify -prove-asserts -set-init-zero -seq {steps} design
"""


class AnySynchronizer:
    """A platform whose synchronizers take each bit that has just changed as it was or as it is.

    That is what real ones do at an edge in the wrong moment. Here the proof decides.
    """

    def get_ff_sync(self, synchronizer):
        m = Module()
        width = len(synchronizer.i)
        before, coin = Signal(width), Signal(width)
        chosen, stage = Signal(width), Signal(width)
        m.submodules += Instance("$ff", p_WIDTH=width, i_D=synchronizer.i, o_Q=before)
        m.submodules += Instance("$anyseq", p_WIDTH=width, o_Y=coin)
        m.d.comb += chosen.eq((synchronizer.i & coin) | (before & ~coin))
        m.d[synchronizer._o_domain] += [stage.eq(chosen), synchronizer.o.eq(stage)]
        return m


class Numbered(wiring.Component):
    """A crossing whose bytes are their own numbers, and must leave as such.

    Its logic does not look at them, so what holds for these holds for all.
    """

    i_clk: In(1)
    o_clk: In(1)
    valid: In(1)
    ready: In(1)
    out: Out(8)

    def __init__(self, crossing: wiring.Component) -> None:
        self._crossing = crossing
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        for name in ("i", "o"):
            m.domains += ClockDomain(name, reset_less=True)
            m.d.comb += ClockSignal(name).eq(getattr(self, f"{name}_clk"))
        m.submodules.crossing = Fragment.get(self._crossing, AnySynchronizer())
        i, o = self._crossing.i, self._crossing.o
        came = Signal(8)
        left = Signal(8)
        m.d.comb += [
            i.valid.eq(self.valid), i.payload.eq(came), o.ready.eq(self.ready),
            self.out.eq(o.payload),
        ]  # fmt: skip
        with m.If(i.valid & i.ready):
            m.d.i += came.eq(came + 1)
        with m.If(o.valid & o.ready):
            m.d.o += left.eq(left + 1)
        with m.If(o.valid):
            m.d.comb += Assert((left != came) & (o.payload == left))
        return m


def proved(tmp_path) -> bool:
    """Whether the rule holds for the crossing as it is now."""
    text = elaborate(Numbered(Crossing("i", "o")), "design")
    # Amaranth takes Yosys's own cells for modules of that name.
    (tmp_path / "design.il").write_text(text.replace(r"cell \$", "cell $"))
    done = subprocess.run(
        [find_tool("yosys").path, "-q", "-"], input=PROOF.format(steps=STEPS), cwd=tmp_path,
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or "proof did fail" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(usb_crossing, "_DEPTH", DEPTH)


def test_bytes_cross_in_order(tmp_path):
    """No byte is lost, doubled, changed or early, whatever the clocks do in these steps."""
    assert proved(tmp_path)


def test_counters_that_cross_without_gray_codes_are_refused(tmp_path, monkeypatch):
    for name in ("_gray_encode", "_gray_decode"):
        monkeypatch.setattr(fifo, name, lambda value: value)
    assert not proved(tmp_path)


def test_a_fifo_that_takes_too_much_is_refused(tmp_path, monkeypatch):
    class Greedy(fifo.AsyncFIFO):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            m.d.comb += self.w_rdy.eq(1)
            return m

    monkeypatch.setattr(usb_crossing, "AsyncFIFO", Greedy)
    assert not proved(tmp_path)
