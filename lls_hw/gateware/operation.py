"""Hardware view of a descriptor."""

from amaranth.hdl import signed
from amaranth.lib import data

from lls_hw.program.descriptor import FIELDS, SIGNED

__all__ = ["DESCRIPTOR_LAYOUT"]

DESCRIPTOR_LAYOUT = data.StructLayout(
    {name: signed(width) if name in SIGNED else width for name, width in FIELDS.items()}
)
"""The packed descriptor, fields in the order of `program.descriptor.FIELDS`."""
