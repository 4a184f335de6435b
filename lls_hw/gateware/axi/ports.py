"""Signature of an AXI4-Lite bus, seen from the manager; a channel is a stream."""

from amaranth.hdl import Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.axi import RANGE_ADDRESS_BITS, WORD_BYTES

__all__ = ["ADDRESS", "READ_DATA", "RESPONSE", "WRITE_DATA", "AxiLite", "wires"]

_DATA_BITS, _RESPONSE_BITS = 8 * WORD_BYTES, 2

ADDRESS = data.StructLayout({"addr": RANGE_ADDRESS_BITS, "prot": 3})
"""Of a write or a read; `prot` means nothing."""
WRITE_DATA = data.StructLayout({"data": _DATA_BITS, "strb": WORD_BYTES})
"""The word that is written, and which of its bytes count."""
RESPONSE = data.StructLayout({"resp": _RESPONSE_BITS})
"""To a write."""
READ_DATA = data.StructLayout({"data": _DATA_BITS, "resp": _RESPONSE_BITS})
"""The word that was read, and the response."""


class AxiLite(wiring.Signature):
    """Addresses `aw`, words `w` and responses `b` of writes; addresses `ar` and words `r` of reads.

    A stream's handshake is that of AXI.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "aw": Out(stream.Signature(ADDRESS)),
                "w": Out(stream.Signature(WRITE_DATA)),
                "b": In(stream.Signature(RESPONSE)),
                "ar": Out(stream.Signature(ADDRESS)),
                "r": In(stream.Signature(READ_DATA)),
            }
        )


def wires(bus: wiring.PureInterface) -> dict[str, Value]:
    """The wires of an `AxiLite`, by AXI's names without a prefix: `awaddr`."""
    found = {}
    for channel in bus.signature.members:
        joint = getattr(bus, channel)
        found |= {f"{channel}valid": joint.valid, f"{channel}ready": joint.ready}
        found |= {f"{channel}{field}": joint.payload[field] for field, _ in joint.payload.shape()}
    return found
