"""RTLIL and Verilog of a component, for simulation and for synthesis."""

import re
import subprocess
from contextlib import contextmanager

from amaranth.back import rtlil
from amaranth.hdl import Const, Value
from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.toolchain import find_tool

__all__ = ["elaborate", "verilog_of", "write_verilog"]

_SCRIPT = "proc -nomux -norom\nmemory_collect\nwrite_verilog -norename\n"
_ZEROS = re.compile(
    r"^(?P<indent> +)(?P<memory>\S+ ?)\[(?P<first>\d+)\] = (?P<zero>\d+'h0+;)\n"
    r"(?:(?P=indent)(?P=memory)\[\d+\] = (?P=zero)\n){3,}",
    re.MULTILINE,
)
"""Words of a memory that begin as zeros, a line each; Yosys writes all words in their order."""


def elaborate(component: wiring.Component, name: str, technology=None) -> str:
    """The component and everything below it as RTLIL; the top module is called `name`.

    `technology` is what `elaborate` of every component gets as its platform. A component with pads
    that go both ways has them in `io_ports`, by name. Constant members, such as `ready` of a stream
    that never waits, are no ports.
    """
    ports = {}
    for path, member, value in component.signature.flatten(component):
        way = PortDirection.Input if member.flow is In else PortDirection.Output
        if not isinstance(Value.cast(value), Const):
            ports["__".join(map(str, path))] = (Value.cast(value), way)
    for port_name, port in getattr(component, "io_ports", {}).items():
        ports[port_name] = (port, PortDirection.Inout)
    with _quick_memories():
        return rtlil.convert(component, name=name, platform=technology, ports=ports, emit_src=False)


def verilog_of(netlist: str) -> str:
    """Verilog of an RTLIL text."""
    tool = find_tool("yosys")
    done = subprocess.run(
        [tool.path, "-q", "-"],
        input=f"read_rtlil <<rtlil\n{netlist}\nrtlil\n{_SCRIPT}",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or "no message").splitlines()[-1]
        raise BuildFailed(f"{tool.path} cannot write Verilog: {said}; try another Yosys.")
    return _ZEROS.sub(_loop, done.stdout)


def _loop(zeros: re.Match[str]) -> str:
    """The same words in a loop: a line a word makes two thirds of an engine's Verilog, and half of
    the time that Verilator needs for it."""
    indent, memory, first, zero = zeros.group("indent", "memory", "first", "zero")
    end = int(first) + zeros[0].count("\n")
    lines = (
        f"begin : zeros_{zeros.start()}",
        "  integer word;",
        f"  for (word = {first}; word < {end}; word = word + 1) {memory}[word] = {zero}",
        "end",
    )
    return "".join(f"{indent}{line}\n" for line in lines)


def write_verilog(component: wiring.Component, name: str, technology=None) -> str:
    """Verilog of the component and everything below it, see `elaborate`."""
    return verilog_of(elaborate(component, name, technology))


@contextmanager
def _quick_memories():
    """Amaranth makes an object of each bit of a memory's first content, which takes longer than
    everything else it does for an engine; here the content becomes one number at a time."""
    emitter = rtlil.ModuleEmitter
    slow = emitter.emit_memory

    def emit_memory(self, index, cell):
        mask = (1 << cell.width) - 1
        rows = (format(row & mask, f"0{cell.width}b") for row in reversed(cell.init))
        self.builder.cell(
            "$meminit_v2",
            ports={
                "ADDR": self.sigspec(),
                "DATA": f"{cell.width * cell.depth}'{''.join(rows)}",
                "EN": f"{cell.width}'{mask:b}",
            },
            parameters={
                "MEMID": self.memories[index].memid,
                "ABITS": 0,
                "WIDTH": cell.width,
                "WORDS": cell.depth,
                "PRIORITY": 0,
            },
            src_loc=cell.src_loc,
        )

    emitter.emit_memory = emit_memory
    try:
        yield
    finally:
        emitter.emit_memory = slow
