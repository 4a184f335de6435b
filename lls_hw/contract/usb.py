"""USB as the link: how a board names itself on the bus, and how much the bus carries."""

from lls_hw.contract.line import rate_text

__all__ = [
    "BIT_RATE",
    "FRAME_RATE",
    "MAKER",
    "PACKETS_A_FRAME",
    "PACKET_BYTES",
    "PRODUCT_ID",
    "SERIAL_RATE",
    "VENDOR_ID",
    "is_ours",
    "link_name",
    "link_text",
    "product",
]

VENDOR_ID = 0x1209
"""The number of pid.codes, under which open-source projects register their devices."""
PRODUCT_ID = 0x0001
"""The product of pid.codes that is for tests, which no device may be sold with. Others use it as
well, so the name of the product decides."""
MAKER = "lls-hw"
"""Name of the maker that the board reports; the name of the product begins with it, too."""

BIT_RATE = 12_000_000
"""Bits a second on the bus: full speed."""
FRAME_RATE = 1000
"""Frames a second; the host begins each with a packet of its own."""
PACKET_BYTES = 64
"""Longest packet."""
PACKETS_A_FRAME = 19
"""Packets of that length that fit into a frame beside their tokens and handshakes."""

SERIAL_RATE = 10 * PACKETS_A_FRAME * PACKET_BYTES * FRAME_RATE
"""Bits a second of a serial line, 10 for a byte, that carries as much."""


def link_name(baud: int) -> str:
    """What a line of that rate is: USB if it is that of `SERIAL_RATE`, which no serial line has."""
    return "USB link" if baud == SERIAL_RATE else "serial line"


def link_text(baud: int) -> str:
    """The same in tables: USB, or the rate of a serial line."""
    return "USB" if baud == SERIAL_RATE else rate_text(baud)


def product(title: str) -> str:
    """Name of the product that a board of that title reports."""
    return f"{MAKER} {title}"


def is_ours(vendor: int | None, product_id: int | None, name: str | None) -> bool:
    """Whether a port with these numbers and this name of the product may be a board of ours.

    Windows does not tell the name.
    """
    known = name is None or name.startswith(f"{MAKER} ")
    return known and (vendor, product_id) == (VENDOR_ID, PRODUCT_ID)
