"""Registers of the core on a processor's bus, AXI4-Lite: the byte stream in words, defined once.

A processor reads and writes them with aligned accesses of 32 bits. What travels through `WORD` and
`BYTE` are the bytes of the link (`lls_hw/contract/frames.py`).
"""

from enum import IntEnum

from lls_hw.contract.fields import Field, Layout

__all__ = [
    "AXI_MAGIC",
    "INTERRUPT",
    "RANGE_ADDRESS_BITS",
    "RANGE_BYTES",
    "REPLY_BYTES",
    "STATUS",
    "WORD_BYTES",
    "AxiRegister",
    "Response",
]

AXI_MAGIC = 0x4C4C5341
"""Changes when the registers do."""
WORD_BYTES = 4
"""Bytes of a register."""
RANGE_ADDRESS_BITS = 12
RANGE_BYTES = 1 << RANGE_ADDRESS_BITS
"""Bytes of the address range, a page of memory; the registers lie at its start."""
REPLY_BYTES = 512
"""Bytes for the host that the core holds ready."""

STATUS = Layout(
    Field("waiting", 16, doc=f"Bytes that wait for the host, at most {REPLY_BYTES}."),
    Field("running", 1, doc="A program runs."),
)
"""What the core does."""
INTERRUPT = Layout(Field("waiting", 1, doc="While bytes wait for the host."))
"""When the interrupt line is high."""
_WORD = Layout(value=8 * WORD_BYTES)


class Response(IntEnum):
    """Responses of AXI."""

    OKAY = 0
    SLVERR = 2


class AxiRegister(IntEnum):
    """Registers, by their offset in bytes."""

    def __new__(cls, offset: int, access: str, fields: Layout, doc: str) -> "AxiRegister":
        member = int.__new__(cls, offset)
        member._value_ = offset
        member.access = access
        member.fields = fields
        member.__doc__ = doc
        return member

    access: str
    """r or rw: what the processor may do."""
    fields: Layout
    """What the 32 bits mean; those beyond are zero, and ignored when written."""

    MAGIC = 0x00, "r", _WORD, f"Reads {AXI_MAGIC:#x}, the bytes 'ASLL'."
    DIGEST_LOW = 0x04, "r", _WORD, "Low half of the configuration digest."
    DIGEST_HIGH = 0x08, "r", _WORD, "High half of the configuration digest."
    STATUS = 0x0C, "r", STATUS, "Bytes that wait for the host; whether a program runs."
    INTERRUPT = (
        0x10, "rw", INTERRUPT, "Whether `irq` is high while bytes wait for the host; 0 after reset."
    )  # fmt: skip
    BYTE = (
        0x14, "rw", Layout(byte=8),
        "Written: a byte from the host. Read: the next byte for the host; refused if none waits.",
    )  # fmt: skip
    WORD = (
        0x18, "rw", _WORD,
        "The same with four bytes, the first in the low bits; refused if fewer wait.",
    )  # fmt: skip
