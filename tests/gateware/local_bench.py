"""Test bench of the local update unit: memories with their latencies, and the golden model."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import torch
from amaranth.sim import Simulator

from lls_hw.contract import formats as f
from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.contract.timing_local import local_cycles
from lls_hw.gateware.local import LocalUpdateUnit
from lls_hw.gateware.ports import BasisRead, ElementRead, LabelRead, LatentRead
from lls_hw.golden import integer
from lls_hw.golden.modulation import modulated_error, modulation_update

__all__ = ["Case", "Outcome", "expected", "run"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One command: latents (N, d), labels (N,), basis (K, d); none for the classifier."""

    latents: np.ndarray
    labels: np.ndarray
    classes: int
    basis: np.ndarray | None = None
    train: bool = True
    temperature_shift: int = 1
    layer: int = 0
    latent_base: int = 0
    label_base: int = 0
    cells: int = 1
    """Cells that the latents of a channel come from: 1, 4 or 16."""
    cosine: bool = False
    """The basis has fraction bits."""
    spare_tiles: int = 0
    """Tiles beyond the last latent, which the activation memory's wider words may ask for."""
    modulation: np.ndarray | None = None
    """(K,) or (K, K)."""
    modulation_shift: int = 0
    modulation_base: int = 0
    step: int = 0

    @property
    def classifier(self) -> bool:
        return self.basis is None

    @property
    def modulation_kind(self) -> int:
        return 0 if self.modulation is None else self.modulation.ndim

    def tiles(self, config: Config) -> int:
        return -(-self.latents.shape[1] // self.cells // config.cols) + self.spare_tiles

    def words(self, config: Config) -> int:
        return self.cells * self.tiles(config)

    def place(self, config: Config, sample: int, t: int) -> tuple[int, int]:
        """Word and bank of a latent: cells one after another, each from a new word on."""
        channels = self.latents.shape[1] // self.cells
        word = t // channels * self.tiles(config) + t % channels // config.cols
        base = self.latent_base + sample * self.words(config)
        return base + word, t % channels % config.cols

    def cycles(self, config: Config) -> int:
        samples, length = self.latents.shape
        return local_cycles(
            config, classifier=self.classifier, train=self.train, samples=samples, length=length,
            words=self.words(config), classes=self.classes, modulation=self.modulation_kind,
        )  # fmt: skip


@dataclass
class Outcome:
    """Everything a command writes, by address, and how long it was busy."""

    errors: dict[tuple[int, int], int] = field(default_factory=dict)
    exponents: dict[int, int] = field(default_factory=dict)
    levels: list[tuple[int, int]] = field(default_factory=list)
    results: dict[int, tuple[int, int]] = field(default_factory=dict)
    modulation: list[int] = field(default_factory=list)
    cycles: int = 0


def expected(config: Config, case: Case) -> Outcome:
    """What the golden model says."""
    u, labels = torch.tensor(case.latents), torch.tensor(case.labels)
    outcome = Outcome(cycles=case.cycles(config))
    if case.basis is None:
        m, exponent, prediction, p = integer.classifier_error(u, 0, labels)
    else:
        block = u, labels, torch.tensor(case.basis).long(), case.temperature_shift
        shift = BASIS_FRACTION if case.cosine else 0
        if case.modulation is None:
            m, exponent, prediction, p = integer.latent_error(*block, shift)
        else:
            entries = torch.tensor(case.modulation).long()
            error = modulated_error(*block, entries, shift)
            m, exponent = error.m, error.exponent
            moved = modulation_update(
                entries, error.gradient, case.modulation_shift, case.step, case.layer
            )
            outcome.modulation = (moved if case.train else entries).flatten().tolist()
    words = case.words(config)
    if case.train:
        for word in range(case.latent_base, case.latent_base + len(case.labels) * words):
            outcome.errors |= {(word, bank): 0 for bank in range(config.cols)}
        for n, row in enumerate(m.tolist()):
            outcome.errors |= {case.place(config, n, t): value for t, value in enumerate(row)}
            outcome.exponents[case.layer * config.max_batch + n] = int(exponent[n])
        outcome.levels = [(case.layer, integer.error_shifts(m, exponent)[1])]
    if case.classifier:
        outcome.results = {
            case.label_base + n: (int(p[n]), int(prediction[n])) for n in range(len(case.labels))
        }
    return outcome


def _word(config: Config, entries: np.ndarray) -> int:
    bits = config.basis_bits
    mask = (1 << bits) - 1
    return sum((int(entry) & mask) << bits * lane for lane, entry in enumerate(entries))


class _Memories:
    """The memories around the unit, as dictionaries; unwritten words hold rubbish."""

    def __init__(self, config: Config, case: Case, stride: int) -> None:
        self.u = {
            case.place(config, n, t): int(value)
            for n, row in enumerate(case.latents)
            for t, value in enumerate(row)
        }
        self.labels = {case.label_base + n: int(label) for n, label in enumerate(case.labels)}
        self.basis: dict[int, int] = {}
        if case.basis is not None:
            for group in range(-(-case.classes // config.lanes)):
                lanes = case.basis[group * config.lanes : (group + 1) * config.lanes]
                rubbish = np.ones((config.lanes, lanes.shape[1]), dtype=np.int64)
                rubbish[: len(lanes)] = lanes
                for t in range(lanes.shape[1]):
                    self.basis[group * stride + t] = _word(config, rubbish[:, t])


def run(config: Config, cases: list[Case]) -> list[Outcome]:
    """Simulate the commands one after another; fails when one exceeds its cycles by far."""
    dut = LocalUpdateUnit(config)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    outcomes: list[Outcome] = []

    async def bench(ctx):
        for case in cases:
            await _load(ctx, dut, case)
            outcomes.append(await _command(ctx, dut, config, case))
            outcomes[-1].modulation = await _read(ctx, dut, case)

    simulator.add_testbench(bench)
    simulator.run()
    return outcomes


async def _load(ctx, dut, case: Case) -> None:
    """Writes the modulation, which is not changed meanwhile by anything else."""
    if case.modulation is None:
        return
    ctx.set(dut.step, case.step)
    write = dut.modulation_write
    ctx.set(write.valid, 1)
    for k, value in enumerate(case.modulation.flatten().tolist()):
        element = value % (1 << f.WEIGHT_BITS)
        ctx.set(write.payload, {"addr": case.modulation_base + k, "data": element})
        await ctx.tick()
    ctx.set(write.valid, 0)


async def _read(ctx, dut, case: Case) -> list[int]:
    values = []
    for k in range(0 if case.modulation is None else case.modulation.size):
        ctx.set(dut.modulation_read.addr, case.modulation_base + k)
        await ctx.tick().repeat(ElementRead.LATENCY)
        element = ctx.get(dut.modulation_read.data)
        values.append(element - (element >> f.WEIGHT_BITS - 1 << f.WEIGHT_BITS))
    return values


async def _command(ctx, dut, config: Config, case: Case) -> Outcome:
    samples, length = case.latents.shape
    stride = length + 3 if case.classes > config.lanes else 0
    memories, outcome = _Memories(config, case, stride), Outcome()
    rubbish = (1 << f.LATENT_BITS - 1) - 3
    latent_line, basis_line, label_line = (
        deque([0] * (port.LATENCY - 1)) for port in (LatentRead, BasisRead, LabelRead)
    )
    command = {
        "classifier": int(case.classifier),
        "train": int(case.train),
        "layer": case.layer,
        "samples": samples,
        "length": length,
        "channels": length // case.cells,
        "words": case.words(config),
        "tiles": case.tiles(config),
        "latent_base": case.latent_base,
        "classes": case.classes,
        "basis_stride": stride,
        "temperature_shift": case.temperature_shift,
        "label_base": case.label_base,
        "cosine": int(case.cosine),
        "modulation": case.modulation_kind,
        "modulation_shift": case.modulation_shift,
        "modulation_base": case.modulation_base,
    }
    ctx.set(dut.command.payload, command)
    ctx.set(dut.command.valid, 1)
    assert ctx.get(dut.command.ready)
    await ctx.tick()
    ctx.set(dut.command.valid, 0)
    ctx.set(dut.command.payload, {name: 0 for name in command})
    while ctx.get(dut.busy):
        outcome.cycles += 1
        assert outcome.cycles <= 2 * case.cycles(config) + 100, "the unit hangs"
        place = ctx.get(dut.latents.addr), ctx.get(dut.latents.bank)
        latent_line.append(memories.u.get(place, rubbish))
        basis_line.append(memories.basis.get(ctx.get(dut.basis.addr), 3))
        label_line.append(memories.labels.get(ctx.get(dut.labels.addr), 0))
        _record(ctx, dut, outcome)
        await ctx.tick()
        ctx.set(dut.latents.data, latent_line.popleft())
        ctx.set(dut.basis.data, basis_line.popleft())
        ctx.set(dut.labels.data, label_line.popleft())
    return outcome


def _record(ctx, dut, outcome: Outcome) -> None:
    if ctx.get(dut.errors.enable):
        address = ctx.get(dut.errors.addr), ctx.get(dut.errors.bank)
        assert address not in outcome.errors, f"error {address} is written twice"
        outcome.errors[address] = ctx.get(dut.errors.data)
    if ctx.get(dut.exponents.enable):
        outcome.exponents[ctx.get(dut.exponents.addr)] = ctx.get(dut.exponents.data)
    if ctx.get(dut.levels.enable):
        outcome.levels.append((ctx.get(dut.levels.addr), ctx.get(dut.levels.data)))
    if ctx.get(dut.results.enable):
        result = ctx.get(dut.results.data)
        outcome.results[ctx.get(dut.results.addr)] = (result.probability, result.prediction)
