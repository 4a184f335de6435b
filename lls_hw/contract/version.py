"""Version of the interface between host and board."""

__all__ = ["INTERFACE_VERSION"]

INTERFACE_VERSION = 8
"""Changes whenever a space, register, descriptor or frame changes its meaning."""
