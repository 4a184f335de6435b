"""OrangeCrab r0.2: Lattice ECP5 of two sizes, 48 MHz oscillator, its USB socket wired to it."""

from amaranth.build import Attrs, Pins, Resource, Subsignal

from lls_hw.boards.board import USB, Board, Port, Variant

__all__ = ["ORANGECRAB"]

# A serial line on the pins 0 and 1, for --link uart.
_UART = Resource(
    "host", 0,
    Subsignal("rx", Pins("0", dir="i", conn=("io", 0)), Attrs(PULLMODE="UP")),
    Subsignal("tx", Pins("1", dir="o", conn=("io", 0))),
    Attrs(IO_TYPE="LVCMOS33"),
)  # fmt: skip

ORANGECRAB = Board(
    name="orangecrab",
    title="OrangeCrab r0.2",
    module="amaranth_boards.orangecrab_r0_2",
    clock="clk",
    ports={
        "clock": Port("clk"),
        "rx": Port("host", part="rx"),
        "tx": Port("host", part="tx"),
        "busy": Port("rgb_led", part="b"),
        "alive": Port("rgb_led", part="g"),
    },
    variants={
        "25f": Variant(platform="OrangeCrabR0_2_25FPlatform", preset="tiny", frequency=80),
        "85f": Variant(platform="OrangeCrabR0_2_85FPlatform", preset="small", frequency=80),
    },
    default="25f",
    programmers=(
        "openFPGALoader --board orangeCrab {file}",
        "dfu-util --device 1209:5af0 --alt 0 --download {dfu}",
    ),
    resources=(_UART,),
    usb_socket=Port("usb"),
    link=USB,
)
