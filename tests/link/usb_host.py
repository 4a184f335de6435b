"""A USB host as the specification has it, on the bus of usb_line.cpp.

It knows packets, transactions, transfers and the requests of an operating system that finds a
serial port; nothing here comes from LUNA.
"""

import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ACK", "NAK", "STALL", "Bus", "Host", "NoAnswer", "plugged"]

OUT, IN, SOF, SETUP = 0xE1, 0x69, 0xA5, 0x2D
DATA = (0xC3, 0x4B)
ACK, NAK, STALL = 0xD2, 0x5A, 0x1E
_NONE, _NO_PACKET = 0xFFFF, 0xFFFE
FRAME_BITS = 12_000
_TRANSACTION_BITS = 625
"""Bit times of a transaction with a packet of 64 bytes, of which few bits need stuffing."""
TIMEOUT = 18
"""Bit times for which a host waits for an answer."""
PACKET = 64
_TRIES = 3
"""Times that a host sends a packet before it gives up."""


class NoAnswer(Exception):
    """The device said nothing, or nothing that is a packet."""


class Bus:
    """The two wires. `bits` is the time; `slowest` the device's longest time to answer, in bits."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.bits, self.slowest, self.packets = 0, 0.0, 0

    def packet(
        self, data: bytes, wait: int = 0, cut: int = 0, spoil: int = 0, damage: int = 0
    ) -> bytes | None:
        """Sends a packet, spoilt as usb_line.cpp says, and so the answer; returns that.

        None without an answer, nothing if what has been damaged is no packet any more.
        """
        self._put(b"P" + struct.pack("<HHHHH", cut, spoil, wait, damage, len(data)) + data)
        self.bits, silence = struct.unpack("<QH", self._get(10))
        if silence == _NONE:
            return None
        if silence == _NO_PACKET:
            if damage:
                return b""
            raise NoAnswer("what came is no packet")
        (count,) = struct.unpack("<H", self._get(2))
        # The wait begins a bit after the packet's end.
        self.slowest = max(self.slowest, 1 + silence / 16)
        self.packets += 1
        return self._get(count)

    def hold(self, state: int, bits: int) -> None:
        """Both wires low (0), K (1), or left alone (2) for some bit times."""
        self._put(b"S" + struct.pack("<BI", state, bits))
        self._get(1)
        self.bits += bits

    def mode(self, number: int) -> None:
        """Sets what the board's loop does."""
        self._put(b"M" + bytes([number]))
        self._get(1)

    def state(self) -> tuple[int, bool, int]:
        """Time in bits, whether the device shows itself, how often both ends drove."""
        self._put(b"Q")
        time, shown, conflicts = struct.unpack("<QBI", self._get(13))
        self.bits = time
        return time, bool(shown), conflicts

    def _put(self, data: bytes) -> None:
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _get(self, count: int) -> bytes:
        data = self._process.stdout.read(count)
        assert len(data) == count, "the simulation has ended"
        return data


@contextmanager
def plugged(program: Path, engine_mhz: float = 60, host_ppm: float = 0) -> Iterator["Host"]:
    """A host whose bus has the device on it; the host's clock may be off."""
    engine = round(1e6 / engine_mhz)
    bit = round(4 * 20832 * (1 - host_ppm / 1e6))
    process = subprocess.Popen(
        [program, str(engine), str(bit)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        yield Host(Bus(process))
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def _crc(data: bytes, bits: int, width: int, polynomial: int) -> int:
    """CRC as USB has them: lowest bit first, begun with ones, inverted."""
    value = (1 << width) - 1
    for at in range(bits):
        flip = (value ^ data[at // 8] >> at % 8) & 1
        value = value >> 1 ^ (polynomial if flip else 0)
    return value ^ (1 << width) - 1


def token(pid: int, field: int) -> bytes:
    """A token with 11 bits: a frame's number, or address and endpoint."""
    return bytes([pid]) + (field | _crc(field.to_bytes(2, "little"), 11, 5, 0x14) << 11).to_bytes(
        2, "little"
    )


def data_packet(toggle: int, data: bytes) -> bytes:
    """A packet with data."""
    return (
        bytes([DATA[toggle]]) + data + _crc(data, 8 * len(data), 16, 0xA001).to_bytes(2, "little")
    )


class Host:
    """A host with one device; `frame` is the number of the frame."""

    def __init__(self, bus: Bus) -> None:
        self.bus, self.address, self.frame = bus, 0, 0
        self.toggles: dict[tuple[int, int], int] = {}
        self.moved: dict[int, int] = {}
        """Bytes of bulk data that passed in each frame."""
        self._frame_ends = 0

    def reset(self, milliseconds: float = 1) -> None:
        """Resets the bus, shorter than the 10 ms of a real one for the sake of time."""
        self.bus.hold(0, round(12_000 * milliseconds))
        self.bus.hold(2, 600)
        self.address, self._frame_ends = 0, 0
        self.toggles.clear()

    # Transactions.

    def begin(self) -> None:
        """Starts a new frame if the next transaction would not fit into this one."""
        if self.bus.bits + _TRANSACTION_BITS <= self._frame_ends:
            return
        if self.bus.bits < self._frame_ends:
            self.bus.hold(2, self._frame_ends - self.bus.bits)
        self.frame += 1
        self._frame_ends = max(self._frame_ends, self.bus.bits) + FRAME_BITS
        self.bus.packet(token(SOF, self.frame % 2048))

    def out(self, endpoint: int, data: bytes, pid: int = OUT, **spoilt: int) -> int | None:
        """One packet to the device; returns the handshake, None without one."""
        self.begin()
        toggle = self.toggles.get((OUT, endpoint), 0)
        self.bus.packet(token(pid, self.address | endpoint << 7))
        answer = self.bus.packet(data_packet(toggle, data), TIMEOUT, **spoilt)
        if answer is None or not self._is_whole(answer, "damage" in spoilt):
            return None
        if answer[0] == ACK:
            self.toggles[OUT, endpoint] = 1 - toggle
        assert len(answer) == 1
        return answer[0]

    def in_(
        self, endpoint: int, acknowledge: bool = True, damage: int = 0, **spoilt: int
    ) -> bytes | int | None:
        """One packet from the device: its data, or a handshake; None if the host has the data
        already, or if nothing comes, or if that is damaged. `spoilt` is the acknowledgement."""
        self.begin()
        answer = self.bus.packet(token(IN, self.address | endpoint << 7), TIMEOUT, damage=damage)
        if answer is None or not self._is_whole(answer, bool(damage)):
            return None
        if len(answer) == 1:
            return answer[0]
        data, toggle = answer[1:-2], DATA.index(answer[0])
        if acknowledge or spoilt:
            self.bus.packet(bytes([ACK]), **spoilt)
        expected = self.toggles.get((IN, endpoint), 0)
        if toggle != expected:
            return None
        self.toggles[IN, endpoint] = expected ^ acknowledge
        return data

    @staticmethod
    def _is_whole(answer: bytes, damaged: bool) -> bool:
        """Whether an answer is a packet; only one that has been damaged may be none."""
        whole = list(answer) in ([ACK], [NAK], [STALL]) or (
            3 <= len(answer) <= PACKET + 3
            and answer[0] in DATA
            and answer == data_packet(DATA.index(answer[0]), answer[1:-2])
        )
        assert whole or damaged, f"the device's packet is wrong: {answer.hex()}"
        return whole

    # Transfers.

    def control(self, request: bytes, data: bytes = b"") -> bytes | int:
        """A request of 8 bytes with its data; returns what it asked for, or STALL."""
        assert self._insist(request, SETUP) == ACK, "a request must be taken"
        self.toggles[OUT, 0] = self.toggles[IN, 0] = 1
        length, got = int.from_bytes(request[6:8], "little"), b""
        if not request[0] & 0x80:
            for at in range(0, len(data), PACKET):
                while (answer := self._insist(data[at : at + PACKET])) == NAK:
                    pass
                if answer == STALL:
                    return STALL
                assert answer == ACK
            self.toggles[IN, 0] = 1
            status = self.patient(0)
            return status if status == STALL else b""
        while len(got) < length:
            part = self.patient(0)
            if part == STALL:
                return STALL
            got += part
            if len(part) < PACKET:
                break
        self.toggles[OUT, 0] = 1
        assert self._insist(b"") == ACK
        return got

    def _insist(self, data: bytes, pid: int = OUT) -> int | None:
        """One packet to endpoint 0, and again where nothing comes, as often as hosts do it."""
        for _ in range(_TRIES):
            if pid == SETUP:
                self.toggles[OUT, 0] = 0
            if (answer := self.out(0, data, pid)) is not None:
                return answer
        return None

    def patient(self, endpoint: int, tries: int = 1000) -> bytes | int:
        """The next packet with data or STALL, after as many NAKs as it takes."""
        for _ in range(tries):
            answer = self.in_(endpoint)
            if answer not in (NAK, None):
                return answer
        raise NoAnswer(f"endpoint {endpoint} has nothing to say")

    def write(self, endpoint: int, data: bytes, tries: int = 1000) -> None:
        """Bulk data to the device, which must take it before long."""
        for at in range(0, len(data), PACKET):
            part = data[at : at + PACKET]
            for _ in range(tries):
                if self.offer(endpoint, part):
                    break
            else:
                raise NoAnswer(f"endpoint {endpoint} takes nothing")

    def offer(self, endpoint: int, data: bytes, **spoilt: int) -> bool:
        """One packet of bulk data; whether the device has taken it."""
        answer = self.out(endpoint, data, **spoilt)
        assert answer in (ACK, NAK, None)
        if answer == ACK:
            self.moved[self.frame] = self.moved.get(self.frame, 0) + len(data)
        return answer == ACK

    def read(self, endpoint: int) -> bytes:
        """Bulk data from the device, one packet; empty if there is none."""
        answer = self.in_(endpoint)
        if not isinstance(answer, bytes):
            assert answer in (NAK, None)
            return b""
        self.moved[self.frame] = self.moved.get(self.frame, 0) + len(answer)
        return answer

    # What an operating system does when it finds a device.

    def descriptor(self, kind: int, index: int, length: int, language: int = 0) -> bytes:
        """A descriptor of the device."""
        request = struct.pack("<BBBBHH", 0x80, 6, index, kind, language, length)
        answer = self.control(request)
        assert answer != STALL
        return answer

    def text(self, index: int) -> str:
        """One of the device's texts."""
        return self.descriptor(3, index, 255, 0x409)[2:].decode("utf-16-le")

    def enumerate(self, address: int = 5) -> tuple[bytes, bytes]:
        """Resets the bus, gives the device an address, reads it, sets it up; descriptors of device
        and configuration."""
        self.reset()
        first = self.descriptor(1, 0, 64)
        assert first[7] == PACKET
        self.reset()
        assert self.control(struct.pack("<BBHHH", 0, 5, address, 0, 0)) == b""
        self.address = address
        device = self.descriptor(1, 0, 18)
        assert device == first[:18]
        head = self.descriptor(2, 0, 9)
        whole = self.descriptor(2, 0, int.from_bytes(head[2:4], "little"))
        assert self.control(struct.pack("<BBHHH", 0, 9, whole[5], 0, 0)) == b""
        self.toggles.clear()
        return device, whole

    def configure(self) -> None:
        """Chooses the configuration, also once more: the toggles of its endpoints begin again."""
        assert self.control(struct.pack("<BBHHH", 0, 9, 1, 0, 0)) == b""
        for key in [key for key in self.toggles if key[1]]:
            del self.toggles[key]

    def clear_halt(self, endpoint: int) -> None:
        """Has an endpoint's toggle begin again; bit 7 of its number says to the host."""
        assert self.control(struct.pack("<BBHHH", 2, 1, 0, endpoint, 0)) == b""
        self.toggles.pop((IN if endpoint & 0x80 else OUT, endpoint & 0x7F), None)

    def line_coding(self, baud: int) -> None:
        """What opening a serial port sets."""
        coding = struct.pack("<IBBB", baud, 0, 0, 8)
        assert self.control(struct.pack("<BBHHH", 0x21, 0x20, 0, 0, len(coding)), coding) == b""
