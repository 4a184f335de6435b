"""The port of a board that is on USB itself, found by what it calls itself."""

from serial.tools.list_ports import comports

from lls_hw.contract.usb import MAKER, SERIAL_RATE, is_ours
from lls_hw.driver.errors import NoSuchDevice
from lls_hw.driver.serial_port import SerialTransport

__all__ = ["USB", "UsbTransport", "find_usb_board"]

USB = "usb"
"""Address of the board that is on USB."""


def find_usb_board() -> str:
    """Name of its serial port; NoSuchDevice unless there is exactly one such board."""
    found = [port for port in comports() if is_ours(port.vid, port.pid, port.product)]
    if len(found) == 1:
        return str(found[0].device)
    if not found:
        raise NoSuchDevice(
            f"No board on USB calls itself {MAKER}; check the cable, and that a bitstream built "
            "with --link usb is loaded. `lls-hw doctor` lists the ports."
        )
    names = " and ".join(sorted(f"{port.device} ({port.product})" for port in found))
    raise NoSuchDevice(f"There are {len(found)} boards on USB, {names}; name the port of one.")


class UsbTransport(SerialTransport):
    """The board that is on USB itself. It is a serial port without a rate; `baud` is that of a line
    that carries as much."""

    def __init__(self) -> None:
        super().__init__(find_usb_board())

    def set_baud(self, baud: int) -> None:
        """Nothing: a rate means nothing to the board."""
        self.baud = SERIAL_RATE
