"""Parts of the loss: their order, their operands, and what they share."""

import random
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.formats import LOG2E, LOG2E_FRACTION
from lls_hw.contract.timing_local import SCALE_CYCLES
from lls_hw.gateware.local.loss.arithmetic import Phase, SharedArithmetic
from lls_hw.gateware.local.loss.modulated_sequence import ModulatedSequence
from lls_hw.gateware.local.loss.scale import Scale
from lls_hw.gateware.local.loss.scores import LEAST_SHIFT, ModulatedScores, PlainScores
from lls_hw.gateware.local.loss.sequence import PARTS, LossSequence
from lls_hw.gateware.local.loss.values import ValueMemory
from lls_hw.gateware.local.multiplier import WideMultiplier
from lls_hw.gateware.local.shifter import Shifter
from tests.gateware.helpers import play

CONFIG = preset("tiny")
MODULATED = replace(CONFIG, modulation_depth=64)
STEP = 3
"""Cycles of each part in the tests of the sequences."""
PHASES = {"scale": Phase.SCALE, "logits": Phase.LOGITS, "errors": Phase.ERRORS}
PHASES |= {"projection": Phase.PROJECTION}


def check_order(dut, order, parts, **fields):
    """Each part starts where the one before is done; then a second sample, as soon as possible."""
    lasts = STEP * len(order)
    stimulus = [{f"command.{name}": value for name, value in fields.items()}]
    for _ in range(2):
        for t in range(lasts + 1):
            inputs = {f"{part}.done": 0 for part in parts}
            inputs["control.start"] = int(t == 0)
            if t % STEP == 0 and t:
                inputs[f"{order[t // STEP - 1]}.done"] = 1
            stimulus.append(inputs)
    outputs = [*(f"{part}.start" for part in parts), "control.busy", "phase"]
    if "forward" in parts:
        outputs.append("normalise")
    records = play(dut, stimulus, outputs)[1:]
    for k in range(2):
        sample = records[k * (lasts + 1) : (k + 1) * (lasts + 1)]
        for t, record in enumerate(sample):
            starts = [part for part in parts if record[f"{part}.start"]]
            assert starts == ([order[t // STEP]] if t % STEP == 0 and t < lasts else [])
            assert record["control.busy"] == (0 < t < lasts)
            if t:
                part, before = order[(t - 1) // STEP], order[: (t - 1) // STEP]
                normalise = part == "logits" and "forward" in order and "forward" not in before
                if part in PHASES:
                    expected = Phase.NORMALISE if normalise else PHASES[part]
                    assert record["phase"] == expected
                if "forward" in parts:
                    assert record["normalise"] == normalise


CLASSIFIER = ("logits", "powers", "reciprocal", "errors")


@pytest.mark.parametrize("modulation", [False, True])
def test_sequence(modulation):
    dut = ModulatedSequence(MODULATED) if modulation else LossSequence(CONFIG)
    parts = (*PARTS, "forward", "backward") if modulation else PARTS
    check_order(dut, PARTS, parts)


@pytest.mark.parametrize("modulation", [False, True])
def test_sequence_of_a_classifier(modulation):
    dut = ModulatedSequence(MODULATED) if modulation else LossSequence(CONFIG)
    parts = (*PARTS, "forward", "backward") if modulation else PARTS
    check_order(dut, CLASSIFIER, parts, classifier=1)


def test_sequence_of_a_modulated_layer():
    order = ("norm", "logits", "forward", *PARTS[2:], "backward")
    check_order(ModulatedSequence(MODULATED), order, (*PARTS, "forward", "backward"), modulation=1)


def test_scale():
    """Of a layer, then of a classifier."""
    product = 123456 << LOG2E_FRACTION
    stimulus = [{"clear": 1}, {"clear": 0}, {"run.start": 1}, {"run.start": 0}]
    stimulus += [{}] * (SCALE_CYCLES - 2) + [{"product": product}, {"product": 0}, {"clear": 1}, {}]
    records = play(Scale(), stimulus, ["run.done", "scale"])
    assert [t for t, r in enumerate(records) if r["run.done"]] == [2 + SCALE_CYCLES]
    assert [records[t]["scale"] for t in (1, 2)] == [LOG2E] * 2
    assert [records[3 + SCALE_CYCLES + k]["scale"] for k in range(3)] == [123456, 123456, LOG2E]


@pytest.mark.parametrize("phase", Phase)
def test_arithmetic(phase):
    """Operands change every cycle; the amount is that of the phase."""
    rng = random.Random(phase.value)
    count, to_product, to_shifted = 30, WideMultiplier.LATENCY, Shifter.LATENCY
    inputs = [
        {
            "scores.score": rng.randrange(-(1 << 29), 1 << 29),
            "mantissa": rng.randrange(1 << 16), "scores.norm.mantissa": rng.randrange(1 << 16),
            "scale": rng.randrange(-(1 << 17), 1 << 17),
            "error": rng.randrange(-(1 << 16), 1 << 16),
            "projection.factor": rng.randrange(-(1 << 29), 1 << 29),
            "projection.of_dot": rng.randrange(2),
            "projection.wide": rng.randrange(-(1 << 40), 1 << 40),
        }
        for _ in range(count)
    ]  # fmt: skip
    stable = {"phase": phase, "scores.shift": 27, "scores.norm.exponent": 20}
    stimulus = [stable, *inputs] + [{}] * (to_product + to_shifted)
    outputs = ["product", "shifted", "projection.product", "projection.along"]
    records = play(SharedArithmetic(), stimulus, outputs)[1:]
    products = []
    for i in inputs:
        products.append(
            {
                Phase.NORMALISE: i["scores.score"] * i["mantissa"],
                Phase.SCALE: LOG2E * i["mantissa"],
                Phase.LOGITS: i["scores.score"] * i["scale"],
                Phase.ERRORS: i["scores.score"] * i["error"],
                Phase.PROJECTION: i["projection.factor"]
                * i["scores.norm.mantissa" if i["projection.of_dot"] else "mantissa"],
            }[phase]
        )
    for t, product in enumerate(products):
        record = records[t + to_product]
        assert record["product"] == record["projection.product"] == product
        if phase is Phase.PROJECTION:
            late, shifted = t + to_shifted, inputs[t]["projection.wide"] >> 19
        else:
            late, shifted = t + to_product + to_shifted, product >> LEAST_SHIFT + 27
        assert records[late]["shifted"] == records[late]["projection.along"] == shifted


@pytest.mark.parametrize("modulation", [0, 1, 2])
def test_scores(modulation):
    """Shifts to a logit: of scores with a norm, of a classifier's, and of modulated ones."""
    cases = {
        "local": ({}, {}, (-77, 40000, 9, 9 + 15 - 8 - 1 - LEAST_SHIFT)),
        "classifier": ({"classifier": 1}, {}, (-77, 40000, 9, 14 + 8 - 8 - LEAST_SHIFT)),
    }
    if modulation:
        modulated = (555, 1 << 15, 14, 14 + 11 - 8 - 1 - LEAST_SHIFT)
        normal = (-77, 40000, 9, 9 + 15 - 11 - LEAST_SHIFT)
        fields = {"modulation": modulation}
        cases |= {
            "modulated": (fields, {}, modulated),
            "normal": (fields, {"normalise": 1}, normal),
        }
    dut = ModulatedScores(MODULATED) if modulation else PlainScores(CONFIG)
    inputs = {"score": -77, "norm": {"mantissa": 40000, "exponent": 9}}
    inputs |= {"modulated": 555, "normalise": 0} if modulation else {}
    simulator = Simulator(dut)
    found = {}

    async def bench(ctx):
        view = dut.view
        for name, (fields, strobes, _) in cases.items():
            stimulus = {"command": {"temperature_shift": 1} | fields} | inputs | strobes
            for member, value in stimulus.items():
                ctx.set(getattr(dut, member), value)
            norm = ctx.get(view.norm)
            found[name] = (ctx.get(view.score), norm.mantissa, norm.exponent, ctx.get(view.shift))

    simulator.add_testbench(bench)
    simulator.run()
    assert found == {name: expected for name, (*_, expected) in cases.items()}


def test_values():
    """A power takes the place of its logit."""
    logits, powers = [-5, 6, 7, 1 << 18], [1, 2, 65535, 4]
    stimulus = [
        {"logits.enable": 1, "logits.addr": k, "logits.data": logit, "powers.addr": 9}
        for k, logit in enumerate(logits)
    ]
    stimulus.append({"logits.enable": 0, "logits.addr": 0})
    first = len(stimulus)
    stimulus += [{"read_logits.addr": k} for k in range(4)]
    stimulus += [{"read_logits.addr": 0}] * ValueMemory.LATENCY
    stimulus += [
        {"powers.enable": 1, "powers.addr": k, "powers.data": power}
        for k, power in enumerate(powers)
    ]
    stimulus.append({"powers.enable": 0})
    second = len(stimulus)
    stimulus += [{"read_powers.addr": k} for k in range(4)] + [{}] * ValueMemory.LATENCY
    outputs = ["read_logits.data", "read_powers.data"]
    records = play(ValueMemory(CONFIG), stimulus, outputs)
    late = first + ValueMemory.LATENCY
    assert [r["read_logits.data"] for r in records[late : late + 4]] == logits
    late = second + ValueMemory.LATENCY
    assert [r["read_powers.data"] for r in records[late : late + 4]] == powers
