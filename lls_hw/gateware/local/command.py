"""Command of the local update unit."""

from amaranth.hdl import Mux
from amaranth.lib import data
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import LOCAL, largest
from lls_hw.contract.formats import MODULATED_FRACTION, PROBABILITY_FRACTION
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.gateware.operation import LOCAL_LAYOUT

__all__ = ["command_layout", "error_fraction"]

_HEADER = ("train", "layer")
"""What the unit needs of a descriptor's header."""


def command_layout(config: Config) -> data.StructLayout:
    """The descriptor of LOCAL, as wide as the engine needs, and the input buffer's `label_base`."""
    limits = largest(config)
    shapes = {name: LOCAL_LAYOUT[name].shape for name in (*_HEADER, *LOCAL)}
    for name in shapes.keys() & limits.keys():
        shapes[name] = min(shapes[name], limits[name].bit_length())
    return data.StructLayout({**shapes, "label_base": ceil_log2(INPUT_BUFFERS * config.max_batch)})


def error_fraction(config: Config, command):
    """Fraction bits of the errors that are scattered: fewer in front of a modulation."""
    if not config.modulation_depth:
        return PROBABILITY_FRACTION
    return Mux(command.modulation != 0, MODULATED_FRACTION, PROBABILITY_FRACTION)
