"""Hardware view of a descriptor."""

from amaranth.hdl import Const, signed
from amaranth.lib import data

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS, SIGNED, WITHOUT_MAPS, largest

__all__ = ["DESCRIPTOR_LAYOUT", "restricted"]

DESCRIPTOR_LAYOUT = data.StructLayout(
    {name: signed(width) if name in SIGNED else width for name, width in FIELDS.items()}
)
"""The packed descriptor, fields in the order of `program.descriptor.FIELDS`."""


def restricted(config: Config, descriptor):
    """What an engine sees of a descriptor: bits that no program for it sets are constant.

    Synthesis removes everything that depends on nothing else.
    """
    limits = largest(config)
    seen = {}
    for name in FIELDS:
        field = getattr(descriptor, name)
        if name in limits:
            field = field[: limits[name].bit_length()]
        if name in WITHOUT_MAPS and not config.maps:
            field = Const(WITHOUT_MAPS[name])
        seen[name] = field
    return seen
