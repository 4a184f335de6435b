"""Colorlight i5 V7.0 on its extension board: Lattice ECP5, 25 MHz oscillator."""

from typing import Any

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal
from amaranth.vendor import LatticeECP5Platform

from lls_hw.boards.board import Board, Port, SdramPort, UsbId, Variant

__all__ = ["COLORLIGHT_I5", "ColorlightI5Platform"]


_DQ = (
    "D15 E14 E13 D12 E12 D11 C10 B17 B8 A8 C7 A7 A6 B6 A5 B5 "
    "D5 C5 D6 C6 E7 D7 E8 D8 E9 D9 E11 C11 C12 D13 D14 C15"
)
"""Data pins of the SDRAM, from bit 0 up."""


class ColorlightI5Platform(LatticeECP5Platform):
    """What the link needs of the module; amaranth-boards does not have it."""

    device = "LFE5U-25F"
    package = "BG381"
    speed = "6"
    default_clk = "clk25"
    resources = [
        Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), Attrs(IO_TYPE="LVCMOS33")),
        Resource("led", 0, PinsN("U16", dir="o"), Attrs(IO_TYPE="LVCMOS33")),
        Resource(
            "uart", 0,
            Subsignal("rx", Pins("H18", dir="i"), Attrs(PULLMODE="UP")),
            Subsignal("tx", Pins("J17", dir="o")),
            Attrs(IO_TYPE="LVCMOS33"),
        ),
        # CS and DM are tied low, CKE high.
        Resource(
            "sdram", 0,
            Subsignal("clk", Pins("B9", dir="o")),
            Subsignal("we", PinsN("A10", dir="o")),
            Subsignal("ras", PinsN("B10", dir="o")),
            Subsignal("cas", PinsN("A9", dir="o")),
            Subsignal("ba", Pins("B11 C8", dir="o")),
            Subsignal("a", Pins("B13 C14 A16 A17 B16 B15 A14 A13 A12 A11 B12", dir="o")),
            Subsignal("dq", Pins(_DQ, dir="io")),
            Attrs(IO_TYPE="LVCMOS33", PULLMODE="NONE", DRIVE="4", SLEWRATE="FAST"),
        ),
    ]  # fmt: skip
    connectors: list[Any] = []


COLORLIGHT_I5 = Board(
    name="colorlight-i5",
    title="Colorlight i5",
    module="lls_hw.boards.colorlight_i5",
    clock="clk25",
    ports={
        "clock": Port("clk25"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "alive": Port("led"),
    },
    variants={
        "25f": Variant(platform="ColorlightI5Platform", preset="tiny", frequency=60),
    },
    default="25f",
    # On some modules the second bank pin is open.
    sdram=SdramPort(chips=("EM638325", "EM638325-half"), phase=90),
    usb=UsbId(0x0D28, 0x0204),
    programmers=("openFPGALoader --board colorlight-i5 {file}",),
    baud=1_000_000,
)
