"""Signatures that join the mover with both of its memories, seen from the part that asks."""

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.formats import WEIGHT_BITS

__all__ = ["COMMAND_LAYOUT", "ELEMENT_BITS", "ExternalPort", "MovedWeights", "element_place"]

ELEMENT_BITS = WEIGHT_BITS
"""Bits of an element of the external memory."""
COMMAND_LAYOUT = data.StructLayout({"write": 1, "addr": ADDRESS_BITS})
"""One access to the external memory: of the element `addr`."""


class ExternalPort(wiring.Signature):
    """Elements of an external memory: one command each, done in order.

    A write takes its element from `write_data`, which may come before or after its command. Who
    asks for an element has room for it: `read_data.ready` is always high.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "command": Out(stream.Signature(COMMAND_LAYOUT)),
                "write_data": Out(stream.Signature(ELEMENT_BITS)),
                "read_data": In(stream.Signature(ELEMENT_BITS)),
            }
        )


def element_place(config: Config) -> data.StructLayout:
    """A weight: word of the weight memory, column, value."""
    return data.StructLayout(
        {
            "addr": ceil_log2(config.weight_depth),
            "column": ceil_log2(config.cols),
            "value": ELEMENT_BITS,
        }
    )


class MovedWeights(wiring.Signature):
    """The weight memory, in cycles in which the array leaves it alone.

    Members
    -------
    write : one weight a cycle.
    read : a word. element : its weights, column 0 first, one a cycle.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "write": Out(stream.Signature(element_place(config))),
                "read": Out(stream.Signature(ceil_log2(config.weight_depth))),
                "element": In(stream.Signature(ELEMENT_BITS, always_ready=True)),
            }
        )
