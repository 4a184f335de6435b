"""1BitSquared iCEBreaker: Lattice iCE40 UP5K, 12 MHz oscillator, FT2232H."""

from lls_hw.boards.board import Board, Port, UsbId, Variant

__all__ = ["ICEBREAKER"]

ICEBREAKER = Board(
    name="icebreaker",
    title="iCEBreaker",
    module="amaranth_boards.icebreaker",
    clock="clk12",
    ports={
        "clock": Port("clk12"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "busy": Port("led", 0),
        "alive": Port("led", 1),
    },
    variants={
        "up5k": Variant(platform="ICEBreakerPlatform", preset="nano", frequency=12),
    },
    default="up5k",
    usb=UsbId(0x0403, 0x6010, "iCEBreaker"),
    programmers=("iceprog {file}", "openFPGALoader --board ice40_generic {file}"),
    baud=1_000_000,
)
