"""Digilent Nexys 4 DDR: Xilinx Artix-7 100T, 100 MHz oscillator, FT2232H."""

from lls_hw.boards.board import Board, Port, UsbId, Variant

__all__ = ["NEXYS4DDR"]

NEXYS4DDR = Board(
    name="nexys4ddr",
    title="Nexys 4 DDR",
    module="amaranth_boards.nexys4ddr",
    clock="clk100",
    ports={
        "clock": Port("clk100"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "busy": Port("led", 0),
        "alive": Port("led", 1),
    },
    variants={
        "100t": Variant(platform="Nexys4DDRPlatform", preset="large", frequency=80),
    },
    default="100t",
    usb=UsbId(0x0403, 0x6010, "Digilent"),
    programmers=("openFPGALoader --board nexys_a7_100 {file}",),
    baud=8_000_000,
)
