"""A board of one's own in one file: `lls-hw build --board examples/colorlight_i9.py`.

The Colorlight i9 V7.2 on its extension board is a Colorlight i5 with a larger device, an
LFE5U-45F. Oscillator and serial port have the same pins, the LED another one.
"""

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal
from amaranth.vendor import LatticeECP5Platform

from lls_hw.boards.board import Board, Port, UsbId, Variant

VOLTAGE = Attrs(IO_TYPE="LVCMOS33")


class ColorlightI9Platform(LatticeECP5Platform):
    """Device and pins; of the pins only those that the engine uses."""

    device = "LFE5U-45F"
    package = "BG381"
    speed = "6"
    default_clk = "clk25"
    resources = [
        Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), VOLTAGE),
        Resource("led", 0, PinsN("L2", dir="o"), VOLTAGE),
        Resource(
            "uart", 0,
            Subsignal("rx", Pins("H18", dir="i"), Attrs(PULLMODE="UP")),
            Subsignal("tx", Pins("J17", dir="o")),
            VOLTAGE,
        ),
    ]  # fmt: skip
    connectors = []


COLORLIGHT_I9 = Board(
    name="colorlight-i9",
    title="Colorlight i9",
    module=__name__,
    clock="clk25",
    ports={
        "clock": Port("clk25"),
        "rx": Port("uart", part="rx"),
        "tx": Port("uart", part="tx"),
        "alive": Port("led"),
    },
    variants={"45f": Variant(platform="ColorlightI9Platform", preset="tiny", frequency=60)},
    default="45f",
    baud=1_000_000,
    usb=UsbId(0x0D28, 0x0204),
    programmers=("openFPGALoader --board colorlight-i9 {file}",),
)
