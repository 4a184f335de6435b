"""Colorlight i5 V7.0 on its extension board: Lattice ECP5, 25 MHz oscillator."""

from typing import Any

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal
from amaranth.vendor import LatticeECP5Platform

from lls_hw.boards.board import Board, Port, Variant

__all__ = ["COLORLIGHT_I5", "ColorlightI5Platform"]


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
    programmers=("openFPGALoader --board colorlight-i5 {file}",),
    baud=1_000_000,
)
