"""Local update unit: the learning signal of one layer from its latents and labels."""

from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.unit import LocalUpdateUnit

__all__ = ["LocalUpdateUnit", "command_layout"]
