"""One column: each of its paths by the cycles that its docstring promises."""

import random
from collections import defaultdict

import torch

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.gateware.array.column import Column
from lls_hw.golden import integer
from tests.gateware.helpers import play

TINY = preset("tiny")
INDEX = 2
OUTPUTS = ("v_o", "output_o", "magnitude_o", "change.old", "latents.data", "token_o")


class Schedule:
    """Inputs by cycle; token fields that a cycle does not name are zero."""

    def __init__(self, config=TINY):
        self.config = config
        self.tokens, self.inputs = defaultdict(dict), defaultdict(dict)
        self.settings = {}

    def token(self, cycle, part, value=None, **fields):
        """A part of a token, or fields of a part."""
        if fields:
            value = self.tokens[cycle].get(part, {}) | fields
        self.tokens[cycle][part] = value

    def set(self, cycle, **values):
        self.inputs[cycle] |= values

    def host_write(self, cycle, address, value, column=INDEX, field="weight"):
        bits = 0xFFFF if field == "weight" else 0xFFFFFFFF
        self.token(
            cycle, "weights", host_enable={field: 1}, host_column=column, host_data=value & bits,
            write_addr=address,
        )  # fmt: skip

    def play(self, extra=10):
        cycles = max([*self.tokens, *self.inputs]) + extra
        self.set(0, settings_i=self.settings)
        stimulus = [self.inputs[t] | {"token_i": self.tokens[t]} for t in range(cycles)]
        return play(Column(self.config, INDEX), stimulus, OUTPUTS)


def test_tokens_move_east():
    schedule = Schedule()
    schedule.token(0, "noise", 0x1234)
    schedule.token(0, "sum", read_addr=5, emit=1)
    schedule.token(1, "weights", read_addr=77)
    records = schedule.play()
    assert (records[1]["token_o"].noise, records[1]["token_o"].sum.read_addr) == (0x1234, 5)
    assert (records[2]["token_o"].weights.read_addr, records[2]["token_o"].sum.emit) == (77, 0)


def test_weights():
    """Host writes of this column only; read as operand after 4 cycles, by the host after 3."""
    schedule, rng = Schedule(), random.Random(1)
    weights = [rng.randrange(-32767, 32768) for _ in range(20)]
    for k, weight in enumerate(weights):
        schedule.host_write(2 * k, k, weight)
        schedule.host_write(2 * k + 1, k, 99, column=INDEX + 1)
    for k in range(20):
        schedule.token(50 + k, "weights", read_addr=k)
    records = schedule.play()
    assert [records[53 + k]["change.old"].weight for k in range(20)] == weights
    assert [records[54 + k]["v_o"] for k in range(20)] == weights


def accumulate(linear, shift):
    """Four sums of three parts each, as MIN_PERIOD = 4 beats apart; then their outputs."""
    rng = random.Random(shift)
    parts = [[rng.randrange(-(1 << 31), 1 << 31) for _ in range(4)] for _ in range(3)]
    schedule = Schedule()
    schedule.settings = {"linear": linear, "act_shift": shift}
    for turn, sums in enumerate(parts):
        for n, value in enumerate(sums):
            t = 5 + 4 * turn + n
            schedule.token(t, "sum", read_addr=7 + n)
            schedule.token(t + 2, "sum", first=int(turn == 0))
            schedule.set(t + 2, south_i=value)
            schedule.token(t + 3, "sum", write_addr=7 + n, write_enable=1, emit=int(turn == 2))
            if turn == 2:
                schedule.token(t + 6, "output", cell=n % 3, first=1, enable=1)
                schedule.token(t + 7, "output", latent_addr=30 + n, latent_enable=1)
                schedule.inputs[t + 20]["latents.addr"] = 30 + n
    z = torch.tensor(parts).sum(dim=0)[None]
    return schedule.play(), z, 5 + 8


def test_activation():
    records, z, t = accumulate(linear=0, shift=25)
    h, negative, length = integer.activation(z, 25)
    for n in range(4):
        assert records[t + n + 9]["output_o"].h == h[0, n]
        assert records[t + n + 9]["output_o"].negative == negative[0, n]
        assert records[t + n + 22]["latents.data"] == h[0, n]
    assert records[-1]["magnitude_o"].bit_length() == length


def test_logits():
    records, z, t = accumulate(linear=1, shift=16)
    logits = integer.round_shift(z, 16).clamp(-f.LATENT_MAX, f.LATENT_MAX)
    assert [records[t + n + 22]["latents.data"] for n in range(4)] == logits[0].tolist()


def test_averages():
    """Cells of two values each: the sum is the latent, its average the output, for both."""
    shift = 25
    rng = random.Random(8)
    z = [rng.randrange(-(1 << 31), 1 << 31) for _ in range(6)]
    schedule = Schedule()
    schedule.settings = {"act_shift": shift, "average": 1, "average_shift": 1}
    for n, value in enumerate(z):
        t = 5 + n
        schedule.token(t, "sum", first=1)
        schedule.set(t, south_i=value)
        schedule.token(t + 1, "sum", emit=1)
        schedule.token(t + 4, "output", cell=5 + n % 3, first=int(n < 3), enable=1)
        if n >= 3:
            schedule.token(t + 5, "output", latent_addr=n, latent_enable=1)
            schedule.inputs[t + 20]["latents.addr"] = n
    records = schedule.play()
    h, negative, _ = integer.activation(torch.tensor([z]), shift)
    for n in range(3, 6):
        total = int(h[0, n - 3] + h[0, n])
        assert records[6 + n + 6]["output_o"].h == max(-127, min(127, (total + 1) >> 1))
        assert records[6 + n + 6]["output_o"].negative == negative[0, n]
        assert records[5 + n + 22]["latents.data"] == total


def test_errors():
    """Errors written by the local update unit come back as operands."""
    rng = random.Random(3)
    cases = [
        (rng.randrange(-f.LATENT_MAX, f.LATENT_MAX + 1), rng.randrange(6, 14), rng.randrange(2))
        for _ in range(16)
    ]
    schedule = Schedule()
    schedule.settings = {"gradient": 1}
    for n, (m, shift, negative) in enumerate(cases):
        schedule.inputs[n] |= {"errors.addr": n, "errors.data": m, "errors.enable": 1}
        schedule.token(20 + n, "error", read_addr=n)
        schedule.token(22 + n, "error", shift=shift)
        schedule.set(23 + n, negative_i=negative)
    schedule.inputs[16]["errors.enable"] = 0
    records = schedule.play()
    m, shifts, negative = (torch.tensor(part) for part in zip(*cases, strict=True))
    expected = integer.delta(m[:, None], shifts, negative[:, None])[:, 0]
    assert [records[24 + n]["v_o"] for n in range(16)] == expected.tolist()
