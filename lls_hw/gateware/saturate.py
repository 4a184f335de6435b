"""Saturation of a signed value."""

from amaranth.hdl import Mux

from lls_hw.contract.channels import WIDE_BITS

__all__ = ["saturated", "saturated_wide"]


def saturated(value, limit):
    """The value, or the nearer of -limit and limit if it lies beyond, as in `golden.integer`."""
    return Mux(value > limit, limit, Mux(value < -limit, -limit, value))


def saturated_wide(value):
    """The value, or the nearer limit of WIDE_BITS if it lies beyond."""
    limit = 1 << WIDE_BITS - 1
    return Mux(value >= limit, limit - 1, Mux(value < -limit, -limit, value))
