"""The pins of USB."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["PULLUP", "WIRES", "UsbWires"]

WIRES = "usb"
"""Name of the pads of D+ and D- at the top."""
PULLUP = "usb_pullup"
"""Name of the pin of the resistor at D+."""


class UsbWires(wiring.Signature):
    """D+ (bit 0) and D- (bit 1), seen from the device, and the resistor that shows it is there."""

    def __init__(self) -> None:
        super().__init__({"i": In(2), "o": Out(2), "oe": Out(1), "pullup": Out(1)})
