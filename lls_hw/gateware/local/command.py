"""Command of the local update unit."""

from amaranth.hdl import Mux
from amaranth.lib import data
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MODULATED_FRACTION, PROBABILITY_FRACTION
from lls_hw.gateware.local.widths import LENGTH_BITS
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT

__all__ = ["command_layout", "error_fraction"]

_FIELDS = {
    "classifier": "classifier",
    "train": "train",
    "layer": "layer",
    "samples": "samples",
    "channels": "channels",
    "tiles": "out_tiles",
    "latent_base": "latent_base",
    "classes": "classes",
    "basis_stride": "basis_stride",
    "temperature_shift": "temperature_shift",
    "cosine": "cosine",
    "modulation": "modulation",
    "modulation_shift": "modulation_shift",
    "modulation_base": "modulation_base",
}


def command_layout(config: Config) -> data.StructLayout:
    """Fields as in the descriptor that the command comes from, and what follows from it.

    `tiles` : latent words of a cell. `length`, `words` : latents, latent words of a sample.
    `label_base` : of the input buffer.
    """
    fields = {name: DESCRIPTOR_LAYOUT[source].shape for name, source in _FIELDS.items()}
    return data.StructLayout(
        {
            **fields,
            "length": LENGTH_BITS,
            "words": ceil_log2(config.latent_depth) + 1,
            "label_base": ceil_log2(2 * config.max_batch),
        }
    )


def error_fraction(config: Config, command):
    """Fraction bits of the errors that are scattered: fewer in front of a modulation."""
    if not config.modulation_depth:
        return PROBABILITY_FRACTION
    return Mux(command.modulation != 0, MODULATED_FRACTION, PROBABILITY_FRACTION)
