"""Amaranth's view of the contract's layouts."""

from amaranth.hdl import signed
from amaranth.lib import data

from lls_hw.contract.fields import Layout

__all__ = ["struct_layout"]


def struct_layout(*layouts: Layout) -> data.StructLayout:
    """The fields of the layouts, one layout after the other."""
    return data.StructLayout(
        {
            name: signed(field.bits) if field.signed else field.bits
            for layout in layouts
            for name, field in layout.items()
        }
    )
