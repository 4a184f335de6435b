"""Signatures that join the parts of the local update unit, seen from the part that asks."""

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS, LATENT_BITS
from lls_hw.contract.latency_local import ERROR_STORE_LATENCY
from lls_hw.gateware.local.widths import (
    COEFFICIENT_BITS,
    ERROR_BITS,
    NORM_EXPONENT_BITS,
    NORM_MANTISSA_BITS,
    score_term_bits,
)
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = [
    "JACOBIAN_LAYOUT",
    "NORM_LAYOUT",
    "ErrorLanes",
    "Fetch",
    "Fetched",
    "GroupRead",
    "Modulated",
    "PartControl",
    "PassControl",
    "Run",
    "class_read",
    "class_write",
    "score_terms",
]

NORM_LAYOUT = data.StructLayout({"mantissa": NORM_MANTISSA_BITS, "exponent": NORM_EXPONENT_BITS})
"""``1 / norm = mantissa * 2**-(15 + exponent)``."""

JACOBIAN_LAYOUT = data.StructLayout({"norm": NORM_LAYOUT, "coefficient": signed(COEFFICIENT_BITS)})
"""What the errors of a sample's latents depend on: 1 / norm, and how much of the latent its
back-projected error contains."""


def score_terms(config: Config) -> data.ArrayLayout:
    """For each lane what a latent adds to its score: `value`, minus it if `negate`, nothing unless
    `enable`."""
    value = signed(score_term_bits(config))
    term = data.StructLayout({"value": value, "negate": 1, "enable": 1})
    return data.ArrayLayout(term, config.lanes)


def class_read(shape) -> ReadPort:
    """Read port of a memory with a word for each class."""
    return ReadPort(1 << CLASS_BITS, shape)


def class_write(shape) -> WritePort:
    """Write port of a memory with a word for each class."""
    return WritePort(1 << CLASS_BITS, shape)


class Run(wiring.Signature):
    """One run of a block: `start` in its first cycle, `done` in its last one."""

    def __init__(self) -> None:
        super().__init__({"start": Out(1), "done": In(1)})


class PartControl(wiring.Signature):
    """One sample in a part of the unit: `busy` is high from the cycle after `start` on."""

    def __init__(self) -> None:
        super().__init__({"start": Out(1), "busy": In(1)})


class PassControl(wiring.Signature):
    """One sample in a pass over its latents; `base`, its first latent word, is taken at `start`."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {"start": Out(1), "busy": In(1), "base": Out(ceil_log2(config.latent_depth))}
        )


class Fetch(wiring.Signature):
    """A latent, at word `addr`, column `bank`, and the basis entries of all lanes."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "enable": Out(1),
                "addr": Out(ceil_log2(config.latent_depth)),
                "bank": Out(ceil_log2(config.cols)),
                "basis_addr": Out(ceil_log2(config.basis_depth)),
            }
        )


class Fetched(wiring.Signature):
    """What comes back: a latent, its basis entries, and whether it is the scattering pass's."""

    def __init__(self, config: Config) -> None:
        basis = data.ArrayLayout(signed(config.basis_bits), config.lanes)
        super().__init__(
            {"latent": Out(signed(LATENT_BITS)), "basis": Out(basis), "scatter": Out(1)}
        )


class ErrorLanes(wiring.Signature):
    """The errors that a latent is multiplied with: those of a group, in the lanes of `mask`."""

    def __init__(self, config: Config) -> None:
        super().__init__({"group": Out(ceil_log2(config.groups)), "mask": Out(config.lanes)})


class GroupRead(ReadPort):
    """The errors of a group of classes, one a lane."""

    LATENCY = ERROR_STORE_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(config.groups, data.ArrayLayout(signed(ERROR_BITS), config.lanes))


class Modulated(wiring.Signature):
    """The modulation, seen from the loss: it stores normal scores, and asks for both passes.

    `forward` leaves the modulated scores; `backward` takes the errors of those.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "normal": Out(class_write(signed(LATENT_BITS))),
                "scores": Out(class_read(signed(LATENT_BITS))),
                "forward": Out(Run()),
                "backward": Out(Run()),
            }
        )
