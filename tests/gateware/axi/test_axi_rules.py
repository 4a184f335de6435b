"""The handshake rules of AXI, proved for all inputs over the first cycles after a reset."""

import subprocess

import pytest
from amaranth.hdl import Assert, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from lls_hw.gateware.axi.reads import Reads
from lls_hw.gateware.axi.writes import Writes
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.toolchain import find_tool

CYCLES = 11
"""Of the proof: a word of four bytes and its response fit in."""
PROOF = f"""
read_rtlil design.il
hierarchy -top design
proc
flatten
async2sync
chformal -lower
opt -full
sat -verify -prove-asserts -seq {CYCLES} design
"""


class Held(wiring.Component):
    """What is offered stays on offer, unchanged, until it is taken."""

    def __init__(self, signature):
        super().__init__({"offer": In(signature)})

    def elaborate(self, platform):
        m = Module()
        payload = Value.cast(self.offer.payload)
        waits, before = Signal(), Signal.like(payload)
        m.d.sync += waits.eq(self.offer.valid & ~self.offer.ready)
        m.d.sync += before.eq(payload)
        with m.If(waits):
            m.d.comb += Assert(self.offer.valid & (payload == before))
        return m


class Ruled(wiring.Component):
    """A part of the transport and what must hold of its channels."""

    def __init__(self, part, asked, answer, *others):
        self._part, self._asked, self._answer, self._others = part, asked, answer, others
        super().__init__(part.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.part = part = self._part
        connect(m, part, flipped(self))
        answer = getattr(part, self._answer)
        for name in (self._answer, *self._others):
            offer = getattr(part, name)
            m.submodules[f"held_{name}"] = held = Held(offer.signature)
            m.d.comb += [
                held.offer.payload.eq(offer.payload),
                held.offer.valid.eq(offer.valid),
                held.offer.ready.eq(offer.ready),
            ]
        for name in self._asked:
            request, left = getattr(part, name), Signal(range(CYCLES + 1), name=f"left_{name}")
            m.d.sync += left.eq(
                left + (request.valid & request.ready) - (answer.valid & answer.ready)
            )
            m.d.comb += Assert(~answer.valid | (left != 0))
        return m


class ForgetfulWrites(Writes):
    """Takes a response back when bytes leave."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.b.valid.eq(0)
        return m


class HastyWrites(Writes):
    """Answers an address that has no word."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.aw.valid & self.aw.ready):
            m.d.sync += self.b.valid.eq(1)
        return m


class RestlessReads(Reads):
    """Changes a word on offer."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.ar.valid):
            m.d.sync += self.r.payload.data.eq(self.r.payload.data + 1)
        return m


WRITES, READS = (("aw", "w"), "b", "o"), (("ar",), "r")


@pytest.mark.parametrize(
    ("part", "channels", "holds"),
    [
        (Writes, WRITES, True),
        (lambda: Reads(0), READS, True),
        (ForgetfulWrites, WRITES, False),
        (HastyWrites, WRITES, False),
        (lambda: RestlessReads(0), READS, False),
    ],
    ids=["writes", "reads", "forgetful writes", "hasty writes", "restless reads"],
)
def test_rules(part, channels, holds, tmp_path):
    """Responses stay until they are taken, and none comes before what it answers."""
    (tmp_path / "design.il").write_text(elaborate(Ruled(part(), *channels), "design"))
    done = subprocess.run(
        [find_tool("yosys").path, "-q", "-"], input=PROOF, cwd=tmp_path, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is holds, done.stderr
    assert ("proof did fail" in done.stderr) is not holds
