"""A board's top with USB: its pads, the clocks of both ends, and the same netlist each time."""

import re
import subprocess
import sys
from pathlib import Path

from amaranth.hdl import Signal

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.gateware.clock.ecp5_clock import Ecp5Clock
from lls_hw.gateware.clock.ecp5_pll import pll_dividers
from lls_hw.gateware.clock.ecp5_usb_clock import Ecp5UsbClock
from lls_hw.gateware.clock.usb_pll import usb_dividers
from lls_hw.gateware.external.ecp5_pads import Ecp5Pads
from lls_hw.gateware.link.usb import Usb
from lls_hw.gateware.link.usb_ports import PULLUP, WIRES
from lls_hw.gateware.top import Top
from lls_hw.gateware.verilog import elaborate
from tests.link.usb_board import Loop

ROOT = Path(__file__).parents[2]


class Looped(Loop):
    """With the last port that a top expects."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = Signal()


def netlist() -> str:
    """A top whose system returns every byte."""
    transport = Usb("lls-hw board", Ecp5UsbClock(25, usb_dividers(25)), Ecp5Pads(2, WIRES))
    top = Top(Looped(), Ecp5Clock(25, pll_dividers(25, 80)), transport, 80e6, {})
    return elaborate(top, "top", Ecp5.technology)


def test_top_has_the_pads_and_three_clocks():
    text = netlist()
    body = text[text.index("\nmodule \\top\n") :].partition("\nend\n")[0]
    ports = re.findall(r"^  wire width (\d+) (\w+) \d+  \\(\w+)$", body, re.MULTILINE)
    assert sorted(ports) == sorted(
        [("1", "input", "clock"), ("1", "output", PULLUP), ("2", "inout", WIRES)]
    )
    assert len(re.findall(r"cell \\EHXPLLL ", text)) == 2
    assert len(re.findall(r"cell \\BB ", text)) == 2


def test_netlist_is_the_same_each_time():
    """LUNA names some modules by addresses in memory, and a build could not be repeated."""
    code = "from tests.link.test_usb_top import netlist; print(netlist())"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.rstrip() == netlist().rstrip()
