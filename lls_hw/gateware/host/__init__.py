"""Host port: turns elements of the address spaces into accesses to the engine's memories."""

from lls_hw.gateware.host.port import HostPort

__all__ = ["HostPort"]
