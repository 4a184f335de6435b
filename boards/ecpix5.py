"""LambdaConcept ECPIX-5: Lattice ECP5-5G of two sizes, 100 MHz oscillator, FT2232H."""

from lls_hw.boards.board import Board, Port, UsbId, Variant

__all__ = ["ECPIX5"]

ECPIX5 = Board(
    name="ecpix5",
    title="ECPIX-5",
    module="amaranth_boards.ecpix5",
    clock="clk100",
    ports={
        "clock": Port("clk100"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "busy": Port("rgb_led", 0, part="b"),
        "alive": Port("rgb_led", 0, part="g"),
    },
    variants={
        "45f": Variant(platform="ECPIX545Platform", preset="tiny", frequency=80),
        "85f": Variant(platform="ECPIX585Platform", preset="small", frequency=80),
    },
    default="85f",
    usb=UsbId(0x0403, 0x6010),
    programmers=("openFPGALoader --board ecpix5 {file}",),
    baud=8_000_000,
)
