"""Layouts and signatures that join the parts of the link.

A signature is seen from the part that asks: `Out` there, `In` at the part that answers.
"""

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.fields import Layout
from lls_hw.contract.frames import COMMAND, HEADER, POSITION_BITS
from lls_hw.gateware.layout import struct_layout

__all__ = [
    "ACKNOWLEDGE_LAYOUT",
    "COMMAND_LAYOUT",
    "CONTENT_LAYOUT",
    "HEADER_LAYOUT",
    "HOST_HEADER_LAYOUT",
    "REPORT_LAYOUT",
    "FrameOffer",
    "Progress",
    "ReplyRead",
]


HEADER_LAYOUT = struct_layout(HEADER)
"""Header of a frame."""

HOST_HEADER_LAYOUT = struct_layout(
    Layout(*(field for name, field in HEADER.items() if name != "consumed"))
)
"""What the board reads of a header: all but the last field, for the host always has room."""

COMMAND_LAYOUT = struct_layout(COMMAND)
"""A command without the elements that follow it."""

CONTENT_LAYOUT = data.StructLayout({"byte": 8, "last": 1})
"""A byte of a frame. `last` comes after the last byte, with a byte that means nothing."""

REPORT_LAYOUT = data.StructLayout({"good": 1, "missing": 1, "header": HOST_HEADER_LAYOUT})
"""A frame has ended. It was `good` unless its CRC or its length was wrong, or it did not fit. Bytes
are `missing` when it was not good or when the host's stream continues before it."""

ACKNOWLEDGE_LAYOUT = data.StructLayout({"position": POSITION_BITS, "again": 1})
"""The host has all replies before `position`; with `again` it asks for the rest once more."""


class Progress(wiring.Signature):
    """How far the host's stream has come: bytes received, and bytes that have left the buffer."""

    def __init__(self) -> None:
        super().__init__({"received": Out(POSITION_BITS), "consumed": Out(POSITION_BITS)})


class FrameOffer(wiring.Signature):
    """The header of the next frame, which may change until it is `taken`.

    `request` asks for a frame even if it carries no replies. A frame that carries replies may be
    sent, and the header taken, without it.
    """

    def __init__(self) -> None:
        super().__init__({"header": Out(HEADER_LAYOUT), "request": Out(1), "taken": In(1)})


class ReplyRead(wiring.Signature):
    """Replies, read from `position` on: `enable` fetches the byte there and moves on.

    `data` is that byte, LATENCY cycles later. `more` says that there is one. `worth` says that
    the replies are worth a frame: they fill one, or no others follow soon. Between frames the
    sender sets `idle`, and the position may go back; a frame may start when it is `settled`.
    """

    LATENCY = 1

    def __init__(self) -> None:
        super().__init__(
            {
                "idle": Out(1),
                "settled": In(1),
                "worth": In(1),
                "position": In(POSITION_BITS),
                "more": In(1),
                "enable": Out(1),
                "data": In(8),
            }
        )
