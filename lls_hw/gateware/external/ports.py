"""Signatures and operations of the SDRAM controller."""

from amaranth.hdl import Shape
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram import SdramChip

__all__ = ["ALL_BANKS", "NativePort", "Operation", "SdramPins", "command_layout"]

ALL_BANKS = 10
"""Address pin that makes a PRECHARGE close all banks."""


class Operation(enum.Enum, shape=Shape(3)):
    """What the chip does at a clock edge: ras_n, cas_n, we_n, from the top."""

    MODE = 0b000
    REFRESH = 0b001
    PRECHARGE = 0b010
    ACTIVATE = 0b011
    WRITE = 0b100
    READ = 0b101
    NOP = 0b111


def command_layout(chip: SdramChip) -> data.StructLayout:
    """A command of the native port: whether it writes, and the address of a word."""
    return data.StructLayout({"write": 1, "address": chip.address_bits})


class NativePort(wiring.Signature):
    """A memory as its user sees it.

    Words of `write_data` belong to the write commands, those of `read_data` to the read commands,
    both in order. A word may come before or after its command. Read data cannot wait: who sends a
    read command has room for its word.

    Parameters
    ----------
    chip : how wide addresses and words are.

    Members
    -------
    command : one word to read or to write. write_data, read_data : words.
    """

    def __init__(self, chip: SdramChip) -> None:
        super().__init__(
            {
                "command": Out(stream.Signature(command_layout(chip))),
                "write_data": Out(stream.Signature(chip.width)),
                "read_data": In(stream.Signature(chip.width, always_ready=True)),
            }
        )


class SdramPins(wiring.Signature):
    """Pins of a chip but its clock, seen from the FPGA.

    Each output comes from a register of its own and each input enters one, to be packed into the IO
    cells: `dq_oe` therefore has one bit for each data pin, all of them equal. A board that has tied
    `cs_n`, `cke` or `dqm` leaves them out.
    """

    def __init__(self, chip: SdramChip) -> None:
        super().__init__(
            {
                "a": Out(chip.row_bits),
                "ba": Out(chip.bank_bits),
                "ras_n": Out(1, init=1),
                "cas_n": Out(1, init=1),
                "we_n": Out(1, init=1),
                "cs_n": Out(1),
                "cke": Out(1, init=1),
                "dqm": Out(chip.width // 8),
                "dq_o": Out(chip.width),
                "dq_oe": Out(chip.width),
                "dq_i": In(chip.width),
            }
        )
