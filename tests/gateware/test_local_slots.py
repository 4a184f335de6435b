"""Order of the samples in the local update unit, its records and its small memories."""

import random
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.formats import MODULATED_FRACTION, PROBABILITY_FRACTION
from lls_hw.gateware.local.class_memory import ClassMemory
from lls_hw.gateware.local.error_store import ErrorStore
from lls_hw.gateware.local.records import Records
from lls_hw.gateware.local.slots import SlotSequencer
from tests.gateware.helpers import play

CONFIG = preset("tiny")
GATHER, RELEASED, LOSS, SCATTER = 11, 8, 15, 9
"""Cycles of the parts, and from the start of `gather` to its last address."""


def schedule(samples, train):
    """Cycles of all events, from the acceptance of the command on."""
    events = {name: [] for name in ("begin", "gather", "loss", "scatter", "sample_end")}
    begin = 1
    for slot in range(samples + (2 if train else 1)):
        longest = 0
        events["begin"].append(begin)
        if slot < samples:
            events["gather"].append(begin)
            longest = GATHER
        if 1 <= slot <= samples:
            events["loss"].append(begin)
            longest = max(longest, LOSS)
        if slot >= 2:
            events["sample_end"].append(begin)
        if slot >= 2 and train:
            late = RELEASED if slot < samples else 0
            events["scatter"].append(begin + late)
            longest = max(longest, late + SCATTER)
        begin += 1 + longest
    if not train:
        events["sample_end"].append(begin)
    return events | {"first": [1], "batch_end": [begin]}


@pytest.mark.parametrize("train", [0, 1])
@pytest.mark.parametrize("samples", [1, 2, 3, 6])
def test_slots(samples, train):
    dut = SlotSequencer(CONFIG)
    expected = schedule(samples, train)
    found = {name: [] for name in expected}
    bases = {"gather": [], "scatter": []}
    buffers = []
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    strobes = {
        "begin": dut.begin, "first": dut.first, "sample_end": dut.sample_end,
        "batch_end": dut.batch_end, "gather": dut.gather.start, "loss": dut.loss.start,
        "scatter": dut.scatter.start,
    }  # fmt: skip
    lasts = {"gather": GATHER, "loss": LOSS, "scatter": SCATTER}
    end = expected["batch_end"][0]

    async def bench(ctx):
        started = dict.fromkeys(lasts, -100)
        fields = {"samples": samples, "train": train, "latent_base": 10, "words": 3}
        ctx.set(dut.command.payload, fields)
        ctx.set(dut.command.valid, 1)
        for cycle in range(end + 3):
            for name, cycles in lasts.items():
                control = getattr(dut, name)
                ctx.set(control.busy, 0 < cycle - started[name] < cycles)
            ctx.set(dut.released, cycle == started["gather"] + RELEASED)
            assert ctx.get(dut.busy) == (0 < cycle <= end)
            for name, strobe in strobes.items():
                if ctx.get(strobe):
                    found[name].append(cycle)
                    if name in started:
                        started[name] = cycle
                    if name in bases:
                        bases[name].append(ctx.get(getattr(dut, name).base))
                    if name == "first":
                        assert ctx.get(dut.current).samples == samples
            if cycle in expected["begin"]:
                buffers.append(ctx.get(dut.buffer))
            await ctx.tick()
            ctx.set(dut.command.valid, 0)
            ctx.set(dut.command.payload, dict.fromkeys(fields, 0))

    simulator.add_testbench(bench)
    simulator.run()
    assert found == expected
    assert bases["gather"] == [10 + 3 * n for n in range(samples)]
    assert bases["scatter"] == [10 + 3 * n for n in range(samples if train else 0)]
    assert buffers == [k % 2 for k in range(len(buffers))]


@pytest.mark.parametrize("classifier", [0, 1])
def test_records(classifier):
    """Two batches, the second without training."""
    config = replace(CONFIG, modulation_depth=64)
    stimulus, results, exponents = [], {}, {}
    for base, train, modulation in ((7, 1, 0), (32, 0, 0), (0, 1, 2)):
        fields = {"classifier": classifier, "train": train, "layer": 3, "label_base": base}
        fields["modulation"] = modulation
        fraction = MODULATED_FRACTION if modulation else PROBABILITY_FRACTION
        stimulus.append({f"command.{name}": value for name, value in fields.items()})
        stimulus += [{"first": 1}, {"first": 0}]
        for n in range(3):
            result = {"probability": 1000 + n, "prediction": 9 - n}
            stimulus.append({"sample_end": 1, "result": result, "exponent": 5 + n})
            t = len(stimulus) - 1
            if classifier:
                results[t] = (base + n, 1000 + n, 9 - n)
            if train:
                exponents[t] = (3 * CONFIG.max_batch + n, 5 + n + fraction)
            stimulus += [{"sample_end": 0}, {}]
    outputs = [f"{port}.{name}" for port in ("results", "exponents") for name in ("enable", "addr")]
    outputs += ["results.data", "exponents.data", "sample", "label_addr"]
    records = play(Records(config), stimulus, outputs)
    assert exponents == {
        t: (r["exponents.addr"], r["exponents.data"])
        for t, r in enumerate(records)
        if r["exponents.enable"]
    }
    assert results == {
        t: (r["results.addr"], r["results.data"].probability, r["results.data"].prediction)
        for t, r in enumerate(records)
        if r["results.enable"]
    }
    ends = [t for t, inputs in enumerate(stimulus) if inputs.get("sample_end")]
    assert [records[t]["sample"] for t in ends] == [0, 1, 2] * 3
    assert [records[t]["label_addr"] for t in ends] == [7, 8, 9, 32, 33, 34, 0, 1, 2]


def test_class_memory():
    """Two buffers: what is written in one is read after a change of buffers."""
    config = replace(CONFIG, max_classes=10)
    words = [random.Random(1).randrange(1 << 20) for _ in range(20)]
    stimulus = []
    for buffer in range(2):
        for k in range(10):
            write = {"write.addr": k, "write.data": words[10 * buffer + k], "write.enable": 1}
            stimulus.append({"buffer": buffer} | write)
    stimulus.append({"write.enable": 0})
    first = len(stimulus)
    for buffer in range(2):
        stimulus += [{"buffer": 1 - buffer, "read.addr": k} for k in range(10)]
    stimulus += [{}] * ClassMemory.LATENCY
    records = play(ClassMemory(config, 20, double=True), stimulus, ["read.data"])
    found = [r["read.data"] for r in records[first + ClassMemory.LATENCY :]]
    assert ClassMemory.LATENCY == 2
    assert found == words


@pytest.mark.parametrize("lanes", [2, 8])
def test_error_store(lanes):
    """Written one by one, read by groups, from the other buffer."""
    config = replace(CONFIG, lanes=lanes, max_classes=16)
    errors = [random.Random(2).randrange(-65535, 65536) for _ in range(16)]
    stimulus = [
        {"write.addr": k, "write.data": error, "write.enable": 1} for k, error in enumerate(errors)
    ]
    stimulus += [{"write.enable": 0, "write.data": 0, "buffer": 1}]
    first = len(stimulus)
    stimulus += [{"read.addr": group} for group in range(16 // lanes)] + [{}] * ErrorStore.LATENCY
    records = play(ErrorStore(config), stimulus, ["read.data"])[first + ErrorStore.LATENCY :]
    assert ErrorStore.LATENCY == 1
    assert [error for r in records for error in r["read.data"]] == errors
