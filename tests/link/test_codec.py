"""The frame codec of `lls_hw.contract.frames`."""

import random

import pytest

from lls_hw.contract.frames import (
    COMMAND,
    COMMAND_BYTES,
    ESCAPE,
    FARTHEST,
    FLAG,
    HEADER,
    HEADER_BYTES,
    Decoder,
    Frame,
    Kind,
    distance,
    encode,
    read_command,
    wrap,
    write_command,
)
from lls_hw.contract.registers import Space
from lls_hw.gateware.link.ports import COMMAND_LAYOUT, HEADER_LAYOUT, HOST_HEADER_LAYOUT

FRAMES = [
    Frame(Kind.DATA, 0, 0, 0),
    Frame(Kind.HELLO, 0x7E7D, 0x7D7E, 0xFFFF),
    Frame(Kind.GAP, 1, 2, 3, bytes([FLAG, ESCAPE, FLAG ^ 0x20, ESCAPE ^ 0x20] * 9)),
    Frame(Kind.DATA, 65535, 1, 0, bytes(range(256)) * 4),
]


def test_known_frame():
    escaped = _crc_of_zeros().replace("7e", "7d5e")
    assert encode(FRAMES[0]).hex() == "7e" + "00" * 7 + escaped + "7e"


def _crc_of_zeros() -> str:
    """CRC-32 of seven zero bytes, bit by bit, independent of zlib."""
    crc = 0xFFFFFFFF
    for _ in range(7 * 8):
        crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF).to_bytes(4, "little").hex()


@pytest.mark.parametrize("piece", [1, 2, 7, 10_000])
def test_round_trip_in_pieces(piece):
    wire, decoder, found = b"".join(map(encode, FRAMES)), Decoder(), []
    for start in range(0, len(wire), piece):
        found += decoder.feed(wire[start : start + piece])
    assert found == FRAMES
    assert decoder.damaged == 0


def test_flags_only_around_frames():
    for frame in FRAMES:
        assert FLAG not in encode(frame)[1:-1]


def test_every_bit_flip_is_noticed():
    wire = encode(FRAMES[2])
    for position in range(8 * len(wire)):
        damaged = bytearray(wire)
        damaged[position // 8] ^= 1 << position % 8
        decoder = Decoder()
        assert FRAMES[2] not in decoder.feed(bytes(damaged)) or position // 8 in (0, len(wire) - 1)
        assert decoder.feed(encode(FRAMES[3]))[-1:] == [FRAMES[3]], "does not recover"


def test_recovers_after_garbage():
    random_ = random.Random(1)
    for _ in range(200):
        decoder = Decoder()
        decoder.feed(random_.randbytes(random_.randrange(300)))
        assert decoder.feed(bytes([FLAG]) + encode(FRAMES[1]))[-1] == FRAMES[1]


def test_endless_garbage_is_not_kept():
    decoder = Decoder()
    for _ in range(64):
        decoder.feed(bytes(1 << 14))
    assert len(decoder._rest) <= 1 << 16


def test_commands():
    assert write_command(Space.WEIGHT, 0x010203, b"abcd").hex() == "04030201020061626364"
    assert read_command(Space.RESULT, 5, 300).hex() == "870500002c01"


def test_fields_are_whole_bytes_and_have_the_frames_names():
    assert Frame._fields == (*HEADER, "payload")
    for fields, size in (HEADER, HEADER_BYTES), (COMMAND, COMMAND_BYTES):
        assert sum(field.bits for field in fields.values()) == 8 * size


def test_every_field_carries_its_highest_value_and_none_above():
    frame = Frame(255, 65535, 65535, 65535)
    assert Decoder().feed(encode(frame)) == [frame]
    for name in HEADER:
        with pytest.raises(
            ValueError, match=f"{name} is {frame._asdict()[name] + 1}; it must lie in 0"
        ):
            encode(frame._replace(**{name: frame._asdict()[name] + 1}))
    with pytest.raises(ValueError, match="address is -1"):
        read_command(Space.ACT, -1, 1)
    with pytest.raises(ValueError, match="count is 65536"):
        read_command(Space.ACT, 0, 65536)


def test_gateware_has_the_same_fields():
    for layout, fields in (HEADER_LAYOUT, HEADER), (COMMAND_LAYOUT, COMMAND):
        assert {name: field.width for name, field in layout} == {
            name: field.bits for name, field in fields.items()
        }
        assert layout.size == sum(field.bits for field in fields.values())
    assert [name for name, _ in HOST_HEADER_LAYOUT] == list(HEADER)[:-1]


def test_distance_wraps():
    assert distance(65530, 4) == 10
    assert distance(4, 65530) == 65526 > FARTHEST == 32767
    assert wrap(65536 + 3) == 3
