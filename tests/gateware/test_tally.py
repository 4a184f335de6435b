"""Sums over results: equal to the contract's, whatever the probabilities."""

import random
from math import log

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.formats import ONE
from lls_hw.contract.tally import MANTISSA_BITS, TALLY, ResultSums
from lls_hw.contract.timing_local import signal_cycles
from lls_hw.gateware.tally import ResultTally

CORNERS = [0, 1, 2, 3, ONE // 2, ONE // 2 + 1, ONE - 1, ONE]


def simulate(results, gap):
    """The sums after each result; they are read as soon as they are settled."""
    dut, seen = ResultTally(), []
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        for prediction, label, probability in results:
            ctx.set(dut.label, label)
            ctx.set(dut.result, {"prediction": prediction, "probability": probability})
            ctx.set(dut.enable, 1)
            await ctx.tick()
            ctx.set(dut.enable, 0)
            cycles = 1
            while not ctx.get(dut.read.settled):
                await ctx.tick()
                cycles += 1
            assert cycles <= ResultTally.LATENCY + 1
            found = []
            for element in range(len(TALLY)):
                ctx.set(dut.read.addr, element)
                found.append(ctx.get(dut.read.data))
            seen.append(ResultSums(*found))
            await ctx.tick().repeat(gap)

    simulator.add_testbench(testbench)
    simulator.run()
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_sums(seed):
    rng = random.Random(seed)
    probabilities = [*CORNERS, *(rng.randrange(ONE + 1) >> rng.randrange(15) for _ in range(200))]
    rng.shuffle(probabilities)
    results = [(rng.randrange(4), rng.randrange(4), p) for p in probabilities]
    expected, sums = [], ResultSums()
    for prediction, label, probability in results:
        sums = sums.add(prediction == label, probability)
        expected.append(sums)
    assert simulate(results, rng.choice([1, 5])) == expected
    assert sums.correct == sum(prediction == label for prediction, label, _ in results)
    loss = -sum(log(max(p, 0.5) / ONE) for p in probabilities)
    assert sums.loss_since(ResultSums()) == pytest.approx(loss, abs=3e-7 * len(results))


def test_sums_wrap():
    before = ResultSums(2**32 - 1, 2**32 - 3, 1 << MANTISSA_BITS - 1)
    after = before.add(True, 1).add(True, ONE)
    assert after.correct_since(before) == 2
    assert after.loss_since(before) == pytest.approx(15 * log(2))


def test_results_come_no_faster():
    """A sample's learning signal takes longer, even with two classes."""
    assert signal_cycles(classifier=True, classes=2) >= ResultTally.LATENCY
