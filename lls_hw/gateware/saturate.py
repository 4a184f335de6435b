"""Saturation of a signed value."""

from amaranth.hdl import Mux

__all__ = ["saturated"]


def saturated(value, limit):
    """The value, or the nearer of -limit and limit if it lies beyond, as in `golden.integer`."""
    return Mux(value > limit, limit, Mux(value < -limit, -limit, value))
