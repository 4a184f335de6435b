"""Signatures that join the parts of the engine, seen from the part that asks.

`Out` there, `In` at the part that answers; `connect` joins them. LATENCY is in cycles, from an
address to the data that belongs to it.
"""

from amaranth.hdl import signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    CLASS_BITS,
    EXPONENT_BITS,
    LATENT_BITS,
    LEVEL_BITS,
    SHIFT_MAX,
    VELOCITY_BITS,
    WEIGHT_BITS,
)
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.contract.registers import RESULT
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.contract.timing_local import FETCH_LATENCY
from lls_hw.gateware.bus import DATA_BITS, element_write
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = [
    "RESULT_LAYOUT",
    "BasisRead",
    "ElementRead",
    "ErrorShiftRead",
    "ErrorWrite",
    "ExponentWrite",
    "HostWeights",
    "LabelRead",
    "LatentRead",
    "LevelWrite",
    "ResultWrite",
    "SlowRead",
    "element_write",
]

RESULT_LAYOUT = struct_layout(RESULT)
"""Result of a sample: Q15 probability of its label, and the predicted class."""


class LatentRead(wiring.Signature):
    """A latent: word `addr`, column `bank`."""

    LATENCY = FETCH_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "addr": Out(ceil_log2(config.latent_depth)),
                "bank": Out(ceil_log2(config.cols)),
                "data": In(signed(LATENT_BITS)),
            }
        )


class ErrorWrite(wiring.Signature):
    """The error of a latent, where the latent is: word `addr`, column `bank`."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "enable": Out(1),
                "addr": Out(ceil_log2(config.latent_depth)),
                "bank": Out(ceil_log2(config.cols)),
                "data": Out(signed(LATENT_BITS)),
            }
        )


class LabelRead(ReadPort):
    """Label of a sample; buffer b, sample n at b * max_batch + n."""

    LATENCY = RAM_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(INPUT_BUFFERS * config.max_batch, CLASS_BITS)


class ResultWrite(WritePort):
    """Result of a sample, addresses as those of the labels."""

    def __init__(self, config: Config) -> None:
        super().__init__(INPUT_BUFFERS * config.max_batch, RESULT_LAYOUT)


class BasisRead(ReadPort):
    """A word of the basis: entries of all lanes, lane 0 lowest."""

    LATENCY = RAM_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(config.basis_depth, config.basis_bits * config.lanes)


class ExponentWrite(WritePort):
    """Exponent of a sample's errors; the sample in the low bits of the address, then the layer."""

    def __init__(self, config: Config) -> None:
        bits = ceil_log2(config.max_layers) + ceil_log2(config.max_batch)
        super().__init__(1 << bits, EXPONENT_BITS)


class LevelWrite(WritePort):
    """Level of a batch's errors in one layer."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.max_layers, signed(LEVEL_BITS))


class ErrorShiftRead(wiring.Signature):
    """Right shift of a sample's errors in the layer that the array works on."""

    LATENCY = 3

    def __init__(self, config: Config) -> None:
        super().__init__(
            {"sample": Out(ceil_log2(config.max_batch)), "shift": In(range(SHIFT_MAX + 1))}
        )


class ElementRead(ReadPort):
    """An element of one `Space` that the host reads; `addr` is held until it has been answered.

    LATENCY is the longest that a part may take.
    """

    LATENCY = 3

    def __init__(self) -> None:
        super().__init__(1 << ADDRESS_BITS, DATA_BITS)


class SlowRead(wiring.Signature):
    """As `ElementRead`, of a memory that takes its time.

    `ask` is a strobe in the cycle before the first with the address; `data` is right when `settled`
    is high.
    """

    def __init__(self) -> None:
        super().__init__({**ElementRead().members, "ask": Out(1), "settled": In(1)})


class HostWeights(wiring.Signature):
    """Access of the host to weights and velocities while the array is idle.

    A write takes one cycle and is done ``cols + 1`` cycles later. Hold `read_addr`; `read_data`
    of any column is valid ``cols + LATENCY`` cycles later. With momentum, `write_velocity` instead
    of `write_enable` writes a velocity, and `read_velocity` is beside `read_data`.
    """

    LATENCY = 4

    def __init__(self, config: Config) -> None:
        addr, column = ceil_log2(config.weight_depth), ceil_log2(config.cols)
        velocity = {"write_velocity": Out(1), "read_velocity": In(signed(VELOCITY_BITS))}
        super().__init__(
            {
                "write_enable": Out(1),
                "write_addr": Out(addr),
                "write_column": Out(column),
                "write_data": Out(VELOCITY_BITS if config.momentum else WEIGHT_BITS),
                "read_addr": Out(addr),
                "read_column": Out(column),
                "read_data": In(signed(WEIGHT_BITS)),
                **(velocity if config.momentum else {}),
            }
        )
