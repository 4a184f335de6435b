"""Colorlight 5A-75B V7.0: Lattice ECP5, 25 MHz oscillator; UART on the pins of LED and key."""

from amaranth.build import Attrs, Pins, Resource

from lls_hw.boards.board import Board, Port, SdramPort, Variant

__all__ = ["COLORLIGHT_5A75B"]

_ALIVE = Resource("alive", 0, Pins("1", dir="o", conn=("j", 1)), Attrs(IO_TYPE="LVCMOS33"))

COLORLIGHT_5A75B = Board(
    name="colorlight-5a75b",
    title="Colorlight 5A-75B V7.0",
    module="amaranth_boards.colorlight_5a75b_r7_0",
    clock="clk25",
    ports={
        "clock": Port("clk25"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "alive": Port("alive"),
    },
    variants={
        "25f": Variant(platform="Colorlight_5A75B_R70Platform", preset="tiny", frequency=60),
    },
    default="25f",
    sdram=SdramPort(chips=("2xM12L16161A",), phase=90),
    programmers=("openFPGALoader --cable ft232 {file}",),
    resources=(_ALIVE,),
)
