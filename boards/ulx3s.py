"""Radiona ULX3S: Lattice ECP5 of four sizes, 25 MHz oscillator, FT231X on US1, US2 wired to it."""

from lls_hw.boards.board import Board, Port, SdramPort, UsbId, Variant

__all__ = ["ULX3S"]

ULX3S = Board(
    name="ulx3s",
    title="ULX3S",
    module="amaranth_boards.ulx3s",
    clock="clk25",
    ports={
        "clock": Port("clk25"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "busy": Port("led", 0),
        "alive": Port("led", 1),
    },
    variants={
        "12f": Variant(platform="ULX3S_12F_Platform", preset="tiny", frequency=60),
        "25f": Variant(platform="ULX3S_25F_Platform", preset="tiny", frequency=60),
        "45f": Variant(platform="ULX3S_45F_Platform", preset="tiny", frequency=60),
        "85f": Variant(platform="ULX3S_85F_Platform", preset="small", frequency=80),
    },
    default="85f",
    # By production batch; the second has 64 MB, of which the first's addresses reach half.
    sdram=SdramPort(
        chips=("MT48LC16M16A2", "AS4C32M16SB", "M12L2561616A", "IS42S16160G"),
        phase=290,
    ),
    usb=UsbId(0x0403, 0x6015, "ULX3S"),
    usb_socket=Port("usb"),
    programmers=("openFPGALoader --board ulx3s {file}",),
)
