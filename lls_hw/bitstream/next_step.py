"""What comes after a build."""

from lls_hw.bitstream.flow import Flow
from lls_hw.contract.line import RATES
from lls_hw.contract.usb import SERIAL_RATE

__all__ = ["next_step"]

_SELF_TEST = "python -m lls_hw.train --device {device} --self-test"
_SYNTHESIS_ONLY = " --synthesis-only"


def next_step(flow: Flow, routed: bool, command: str, baud: int) -> tuple[str, tuple[str, ...]]:
    """A sentence, and commands; `command` is that of the build, `baud` the rate of its line."""
    if routed:
        said = "Load the bitstream, and compare the board with the golden model on its port:"
        rate = "" if baud in RATES else f"@{baud}"  # the driver finds the others
        device = "usb" if baud == SERIAL_RATE else f"/dev/ttyUSB0{rate}"
        return said, (f"{command} --load", _SELF_TEST.format(device=device))
    if flow.routes:
        said = "This build ends after synthesis. The whole one makes the bitstream:"
        return said, (command.removesuffix(_SYNTHESIS_ONLY),)
    said = (
        "This build ends after synthesis, since no tools for place and route are installed. One of "
        "these commands makes the bitstream, in the folder of this page:"
    )
    return said, flow.REMAINING
