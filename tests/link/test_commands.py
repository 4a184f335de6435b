"""Commands: register, replies, and the transfers over the element bus, in exact cycles."""

import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import connect

from lls_hw.contract.frames import COMMAND_BYTES, read_command, write_command
from lls_hw.contract.registers import Space
from lls_hw.gateware.link.command_register import CommandRegister
from lls_hw.gateware.link.commands import Commands
from lls_hw.gateware.link.read_replies import ReadReplies
from tests.gateware.helpers import play
from tests.link.bench import Bench
from tests.link.fake_core import FakeCore

OUTPUTS = ["complete", "command", "size", "some", "single"]


def feed(data: bytes) -> list[dict]:
    return [{"i.valid": 1, "i.payload": byte} for byte in data]


@pytest.mark.parametrize("space", Space)
def test_command_register_takes_a_command(space):
    stimulus = [*feed(read_command(space, 0x123456, 0x789A)), {"i.valid": 0}]
    seen = play(CommandRegister(), stimulus, OUTPUTS)
    assert [row["complete"] for row in seen] == [0] * (COMMAND_BYTES - 1) + [1, 0]
    command = seen[-1]["command"]
    assert (command.space, command.read) == (space, 1)
    assert (command.address, command.count) == (0x123456, 0x789A)
    assert seen[-1]["size"] == space.element_bytes


def test_command_register_counts_its_elements():
    stimulus = [*feed(write_command(Space.LABEL, 8, bytes(3))[:COMMAND_BYTES])]
    stimulus += [{"i.valid": 0, "start": 1}, {"start": 0, "step": 1}, {}, {}, {"step": 0}]
    seen = play(CommandRegister(), stimulus, OUTPUTS)[COMMAND_BYTES:]
    assert [row["command"].address for row in seen] == [8, 8, 9, 10, 11]
    assert [row["some"] for row in seen] == [0, 1, 1, 1, 0]
    assert [row["single"] for row in seen] == [0, 0, 0, 1, 0]


def test_command_register_forgets_a_part_of_a_command():
    whole = write_command(Space.WEIGHT, 3, b"")
    stimulus = [*feed(whole[:4]), {"i.valid": 0, "clear": 1}]
    stimulus += [{**row, "clear": 0} for row in feed(whole)] + [{"i.valid": 0}]
    seen = play(CommandRegister(), stimulus, OUTPUTS)
    assert [k for k, row in enumerate(seen) if row["complete"]] == [4 + COMMAND_BYTES]
    assert (seen[-1]["command"].space, seen[-1]["command"].address) == (Space.WEIGHT, 3)


def test_read_replies_are_done_when_the_last_byte_has_left():
    start = {"start": 1, "count": 2, "size": 2, "o.ready": 1}
    stimulus = [start, {"start": 0, "i.valid": 1, "i.payload": 0x0201}, {"i.payload": 0x0403}]
    stimulus += [{}, {"i.valid": 0}, {}, {}]
    seen = play(ReadReplies(), stimulus, ["i.ready", "o.valid", "o.payload", "done"])
    assert [row["o.payload"] for row in seen if row["o.valid"]] == [1, 2, 3, 4]
    assert [row["o.valid"] for row in seen] == [0, 0, 1, 1, 1, 1, 0]
    assert [row["done"] for row in seen[1:]] == [0, 0, 0, 0, 0, 1]


def serve(stream: bytes, expect: int, settle: int = 0):
    """Carry out commands on a memory; replies, and the cycles until the last byte is taken."""
    m = Module()
    m.submodules.commands = commands = Commands()
    m.submodules.core = core = FakeCore()
    connect(m, commands.write, core.write_i)
    connect(m, commands.read, core.read_i)
    connect(m, core.read_o, commands.data)
    out: list[int] = []
    bench = Bench(m)
    bench.feed(commands.i, stream)
    bench.collect(commands.o, out)
    bench.run(lambda: len(out) >= expect, settle)
    return bytes(out), bench.cycles


@pytest.mark.parametrize("space", [Space.LABEL, Space.WEIGHT, Space.STATE])
def test_a_write_takes_as_many_cycles_as_it_says(space):
    """COMMAND_BYTES + 1, then one a byte: the next command starts as the last element leaves."""
    count, times = 9, 3
    elements = bytes(range(count * space.element_bytes))
    _, once = serve(write_command(space, 0, elements), 0)
    _, often = serve(write_command(space, 0, elements) * times, 0)
    # The last element leaves in the cycle after its last byte; nothing else is lost.
    assert often - once == (times - 1) * (COMMAND_BYTES + 1 + len(elements) + 1)


def test_commands_read_what_they_wrote():
    stream, expected = b"", b""
    for space in Space:
        elements = bytes(17 * int(space) + k & 0xFF for k in range(5 * space.element_bytes))
        stream += write_command(space, 2, elements) + read_command(space, 2, 5)
        expected += elements
    out, _ = serve(stream + read_command(Space.ACT, 0, 0), len(expected), settle=20)
    assert out == expected
