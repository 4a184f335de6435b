"""The host's access to channel states: a state is written as a whole, and read by elements."""

from dataclasses import replace

from lls_hw.contract.channels import CHANNEL, CHANNEL_ELEMENTS
from lls_hw.contract.config import preset
from lls_hw.gateware.channels.unit import ChannelUnit
from lls_hw.gateware.ports import ElementRead
from tests.gateware.helpers import play

CONFIG = replace(preset("tiny"), channel_depth=20)
BITS = 0xFFFFFFFF
CORNERS = [(0, 0, 0), (BITS, 0, BITS), (0, BITS, 0), (0x155555, 0x2AAAAAA, 0x5555555), (1, 2, 3)]
"""Elements of states; bits beyond a layout are forgotten."""


def writes(channel, elements):
    """An element a cycle, then a cycle without."""
    base = channel * CHANNEL_ELEMENTS
    cycles = [
        {"write.valid": 1, "write.payload": {"addr": base + k, "data": value}}
        for k, value in enumerate(elements)
    ]
    return [*cycles, {"write.valid": 0}]


def reads(channel):
    """Each element in turn, its address held as long as an answer takes."""
    held = [{}] * ElementRead.LATENCY
    return [
        cycle
        for k in range(CHANNEL_ELEMENTS)
        for cycle in ({"read.addr": channel * CHANNEL_ELEMENTS + k}, *held)
    ]


def answers(records):
    """The elements of a channel from the cycles of `reads`, as far as its layouts go."""
    seen = [
        record["read.data"] for record in records[ElementRead.LATENCY :: ElementRead.LATENCY + 1]
    ]
    masks = [(1 << layout.bits) - 1 for layout in CHANNEL]
    assert seen[len(CHANNEL) :] == [0] * (CHANNEL_ELEMENTS - len(CHANNEL))
    return tuple(value & mask for value, mask in zip(seen, masks, strict=False))


def played(stimulus):
    return play(ChannelUnit(CONFIG), stimulus, ["read.data"])


def test_states_come_back():
    """In any order of channels, the last one of the memory included."""
    channels = [7, 0, 19, 3, 8]
    stimulus = [c for channel, values in zip(channels, CORNERS, strict=True)
                for c in writes(channel, values)]  # fmt: skip
    start, size = len(stimulus), len(reads(0))
    records = played([*stimulus, *(c for channel in channels for c in reads(channel))])
    for k, values in enumerate(CORNERS):
        seen = answers(records[start + k * size : start + (k + 1) * size])
        masks = [(1 << layout.bits) - 1 for layout in CHANNEL]
        assert seen == tuple(v & m for v, m in zip(values, masks, strict=True))


def test_a_state_is_written_with_its_last_element():
    """What has come without it changes nothing, and stays until it comes."""
    whole, parts = (5, 6, 7), (8, 9)
    stimulus = [*writes(4, whole), *writes(4, parts)]
    before = len(stimulus)
    stimulus += reads(4)
    last = {"write.valid": 1, "write.payload": {"addr": 4 * CHANNEL_ELEMENTS + 2, "data": 10}}
    stimulus += [last, {"write.valid": 0}, {}]
    after = len(stimulus)
    records = played([*stimulus, *reads(4)])
    assert answers(records[before : before + len(reads(4))]) == whole
    assert answers(records[after:]) == (*parts, 10)


def test_a_read_after_a_write_sees_it():
    """As soon as the element has been taken."""
    stimulus = writes(2, (11, 12, 13))
    records = played([*stimulus, *reads(2)])
    assert answers(records[len(stimulus) :]) == (11, 12, 13)
