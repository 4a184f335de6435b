"""Digilent Arty A7: Xilinx Artix-7 of two sizes, 100 MHz oscillator, FT2232H."""

from lls_hw.boards.board import Board, Port, UsbId, Variant

__all__ = ["ARTY_A7"]

ARTY_A7 = Board(
    name="arty-a7",
    title="Arty A7",
    module="amaranth_boards.arty_a7",
    clock="clk100",
    ports={
        "clock": Port("clk100"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "busy": Port("led", 0),
        "alive": Port("led", 1),
    },
    variants={
        "35t": Variant(platform="ArtyA7_35Platform", preset="tiny", frequency=80),
        "100t": Variant(platform="ArtyA7_100Platform", preset="large", frequency=80),
    },
    default="35t",
    usb=UsbId(0x0403, 0x6010, "Digilent"),
    programmers=("openFPGALoader --board arty_a7_{variant} {file}",),
    baud=8_000_000,
)
