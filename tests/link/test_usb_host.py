"""USB as a host sees it: on the wires, with everything that goes wrong there."""

import random
import struct

import pytest

from lls_hw.contract.usb import MAKER, PACKET_BYTES, PACKETS_A_FRAME, PRODUCT_ID, VENDOR_ID
from tests.link.usb_board import PRODUCT, usb_program
from tests.link.usb_disturbances import DATA
from tests.link.usb_host import (
    ACK,
    FRAME_BITS,
    NAK,
    OUT,
    STALL,
    Host,
    data_packet,
    plugged,
    token,
)

MODEM = 3
"""Endpoint of a modem's signals."""


@pytest.fixture(scope="module")
def program():
    return usb_program()


@pytest.fixture
def host(program):
    with plugged(program) as host:
        host.enumerate()
        yield host
        _, shown, conflicts = host.bus.state()
        assert shown and not conflicts


def looped(host: Host, sent: bytes, spoil=dict, lose=lambda: False) -> bytes:
    """What comes back of bytes that the host sends, while packets get spoilt and lost."""
    at, got, idle = 0, bytearray(), 0
    while len(got) < len(sent):
        part = sent[at : at + PACKET_BYTES]
        if part and host.out(DATA, part, **spoil()) == ACK:
            at += len(part)
            continue
        lost = lose()
        answer = host.in_(DATA, acknowledge=not lost)
        if isinstance(answer, bytes) and not lost:
            got += answer
        idle = idle + 1 if not answer or answer == NAK else 0
        assert idle < 1000, f"nothing comes back any more after {len(got)} bytes"
    return bytes(got)


@pytest.mark.parametrize("engine, ppm", [(60, 0), (80, 2500), (12.5, -2500)])
def test_a_host_finds_a_serial_port(program, engine, ppm):
    """Clocks of hosts may be off by 0.25 %."""
    with plugged(program, engine, ppm) as host:
        host.bus.hold(2, 100)
        device, configuration = host.enumerate()
        assert struct.unpack_from("<HH", device, 8) == (VENDOR_ID, PRODUCT_ID)
        assert (host.text(device[14]), host.text(device[15])) == (MAKER, PRODUCT)
        endpoints, at, classes = {}, 0, []
        while at < len(configuration):
            length, kind = configuration[at : at + 2]
            if kind == 4:
                classes.append(configuration[at + 5])
            if kind == 5:
                address, attributes, size = struct.unpack_from("<BBH", configuration, at + 2)
                endpoints[address] = (attributes & 3, size)
            at += length
        assert classes == [2, 10], "a serial port and its data"
        bulk, interrupt = (2, PACKET_BYTES), (3, PACKET_BYTES)
        assert endpoints == {DATA: bulk, 0x80 | DATA: bulk, 0x80 | MODEM: interrupt}
        host.line_coding(115200)
        assert looped(host, b"hello, board") == b"hello, board"
        assert host.bus.slowest < 14.5, "a host gives up after 16 bit times"


def test_requests_that_nobody_knows_are_refused(host):
    for request in ("40aa000000000000", "c0bb000000000800", "21ff000000000000", "8006000700000800"):
        assert host.control(bytes.fromhex(request)) == STALL
    assert host.in_(MODEM) == NAK and host.in_(DATA) == NAK
    assert looped(host, b"still there") == b"still there"


def test_packets_for_others_and_nonsense_are_not_answered(host):
    host.address += 1
    assert host.out(DATA, b"for a neighbour") is None
    host.address -= 1
    for nonsense in (b"\xff\xff\xff", b"\xe1", b"\xc3" + bytes(70), b""):
        assert host.bus.packet(nonsense, 18) is None
    assert looped(host, b"ours") == b"ours"


def test_data_without_their_token_are_for_nobody(host):
    """The token may have been for another endpoint, or another device behind the same hub."""
    for spoil in (*range(9, 33), None):
        host.write(DATA, b"ours")
        host.begin()
        if spoil:
            host.bus.packet(token(OUT, host.address | DATA << 7), spoil=spoil)
        assert host.bus.packet(data_packet(host.toggles[OUT, DATA], b"not ours"), 18) is None
        assert host.patient(DATA) == b"ours"
    assert host.in_(DATA) == NAK


@pytest.mark.parametrize("cut", [40, 200, 525])
def test_a_request_is_taken_after_a_packet_without_an_end(host, cut):
    """The device notices only at the end of the next packet; the host asks again."""
    assert host.out(DATA, random.Random(cut).randbytes(PACKET_BYTES), cut=cut) is None
    host.line_coding(9_600)
    assert looped(host, b"still there") == b"still there"


@pytest.mark.parametrize("length", [1, 63, 64])
def test_a_burst_ends_with_a_short_packet(host, length):
    """Otherwise an operating system would wait for more."""
    sent = random.Random(length).randbytes(length)
    host.write(DATA, sent)
    assert host.patient(DATA) == sent
    assert length < PACKET_BYTES or host.patient(DATA) == b""
    assert host.in_(DATA) == NAK


def test_nothing_is_lost_when_the_host_does_not_read(host):
    """The device takes what it has room for, then waits, and so does the host."""
    sent = random.Random(5).randbytes(40 * PACKET_BYTES)
    taken = 0
    while host.offer(DATA, sent[taken : taken + PACKET_BYTES]):
        taken += PACKET_BYTES
    assert 3 * PACKET_BYTES <= taken < len(sent)
    assert not any(host.offer(DATA, sent[taken : taken + PACKET_BYTES]) for _ in range(5))
    got = b""
    while len(got) < taken:
        got += host.read(DATA)
    assert got == sent[:taken]


def test_a_lost_acknowledgement_repeats_and_does_not_double(host):
    host.write(DATA, b"once")
    assert host.in_(DATA, acknowledge=False) == host.in_(DATA, acknowledge=False) == b"once"
    assert host.patient(DATA) == b"once"
    assert host.in_(DATA) == NAK
    # The other way, the host has not heard that the packet was taken.
    assert host.out(DATA, b"twice") == ACK
    host.toggles[OUT, DATA] ^= 1
    assert host.out(DATA, b"twice") == ACK
    assert host.patient(DATA) == b"twice"
    assert host.in_(DATA) == NAK


def test_a_reset_forgets_the_session_before(host):
    """What was half sent, and toggles: a new session begins with DATA0 on both sides."""
    for count in (1, 2):
        host.write(DATA, bytes(PACKET_BYTES * count))
        host.bus.hold(2, 100)
        host.enumerate(address=9)
        while host.in_(DATA) != NAK:  # what had left the device's own memory
            pass
        host.toggles.clear()
        host.enumerate(address=7)
        assert looped(host, b"new session") == b"new session"


def test_toggles_begin_again_where_a_halt_is_cleared(host):
    for count in (1, 2):
        sent = random.Random(count).randbytes(count)
        assert looped(host, sent) == sent
        host.clear_halt(DATA)
        host.clear_halt(0x80 | DATA)
        assert looped(host, b"once more") == b"once more"


def test_toggles_begin_again_where_the_device_is_configured(host):
    for count in (1, 2):
        sent = random.Random(count).randbytes(count)
        assert looped(host, sent) == sent
        host.configure()
        assert looped(host, b"once more") == b"once more"


def test_sleep_and_a_cable_that_was_pulled(host):
    assert looped(host, b"before") == b"before"
    host.bus.hold(2, 4 * FRAME_BITS)
    host.bus.hold(1, 2 * FRAME_BITS)  # a host wakes a device with 20 ms of K
    host.bus.hold(0, 2)
    assert looped(host, b"awake") == b"awake"
    host.bus.packet(b"\xc3" + bytes(40), cut=130)
    host.bus.hold(2, FRAME_BITS)
    host.enumerate()
    assert looped(host, b"again") == b"again"


def test_disturbances_change_nothing(host):
    """Spoilt packets, acknowledgements that do not arrive, packets that end too soon."""
    random_ = random.Random(11)

    def spoil():
        kind = random_.random()
        if kind < 0.15:
            return {"spoil": random_.randrange(9, 500)}
        return {"cut": random_.randrange(1, 500)} if kind < 0.25 else {}

    sent = random_.randbytes(6000)
    assert looped(host, sent, spoil, lambda: random_.random() < 0.2) == sent


FULL = PACKETS_A_FRAME * PACKET_BYTES


def test_frames_to_the_board_are_full(host):
    host.bus.mode(1)
    host.moved.clear()
    host.write(DATA, random.Random(1).randbytes(5 * FULL))
    _, *middle, _ = host.moved.values()
    assert min(middle) >= FULL - PACKET_BYTES and max(middle) == FULL


def test_frames_to_the_host_are_full(host):
    host.bus.mode(2)
    host.patient(DATA)
    host.moved.clear()
    got = b""
    while len(got) < 5 * FULL:
        got += host.read(DATA)
    assert got == bytes((got[0] + k) % 256 for k in range(len(got)))
    _, *middle, _ = host.moved.values()
    assert min(middle) >= FULL - PACKET_BYTES and max(middle) == FULL
