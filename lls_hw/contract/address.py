"""Element addresses of the host."""

__all__ = ["ADDRESS_BITS"]

ADDRESS_BITS = 24
"""Bits of an element's address within its space."""
