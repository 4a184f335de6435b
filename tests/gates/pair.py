"""A block's RTL beside its netlist of cells, on the same random inputs."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from amaranth.hdl import Const, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from lls_hw.gateware.verilog import write_verilog
from lls_hw.gateware.without_reset import WithoutReset
from lls_hw.tools.verilate import verilate
from tests.gates.netlist import Family, netlist

__all__ = ["Difference", "Pair"]

_DRIVER = Path(__file__).with_name("pair.cpp")
_WORD = 32
_ALWAYS: Mapping[str, str] = MappingProxyType({})
_DIFFERENT = 3
"""Exit status of the driver."""


class Difference(Exception):
    """An output of the netlist is not that of the RTL; the message says which and when."""


class Pair:
    """The program that runs both.

    Parameters
    ----------
    rtl, gates : the block, once for each of both: a component is elaborated once.
    family : of the cells. folder : for everything that is made.
    conditions : Verilog expressions of ports by the name of an input, which is 0 unless it holds.

    Members
    -------
    outputs : how many there are.
    """

    def __init__(
        self,
        rtl: wiring.Component,
        gates: wiring.Component,
        family: Family,
        folder: Path,
        conditions: Mapping[str, str] = _ALWAYS,
    ) -> None:
        inputs, outputs = _ports(rtl, inputs=True), _ports(rtl, inputs=False)
        self.folder, self.outputs = folder, len(outputs)
        netlist(gates, "gates", family, folder)
        (folder / "rtl.v").write_text(write_verilog(WithoutReset(rtl, fast=True), "rtl"), "utf-8")
        (folder / "pair.v").write_text(_joined(inputs, outputs, conditions), "utf-8")
        (folder / "ports.h").write_text(_header(inputs, outputs), "utf-8")
        self.compile(family)

    def compile(self, family: Family) -> None:
        """Makes the program from the files in the folder."""
        verilog = [str(self.folder / name) for name in ("rtl.v", "gates.v")]
        options = [*family.options, "-CFLAGS", f"-I{self.folder}", *verilog]
        main = self.folder / "pair.v"
        self._program = verilate(
            main, "pair", self.folder / "obj", [_DRIVER], options=options, optimise="-O1"
        )

    def run(self, seed: int, cycles: int) -> int:
        """How many outputs have changed; Difference if one differs between both."""
        command = [str(self._program), str(seed), str(cycles)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == _DIFFERENT:
            raise Difference(f"seed {seed}, {done.stdout.strip()}")
        done.check_returncode()
        return int(done.stdout)


def _ports(component: wiring.Component, *, inputs: bool) -> dict[str, int]:
    """Names and bits of a block's inputs or outputs."""
    members = component.signature.flatten(component)
    return {
        "__".join(map(str, path)): len(Value.cast(value))
        for path, member, value in members
        if (member.flow is In) == inputs and not isinstance(Value.cast(value), Const)
    }


def _places(ports: dict[str, int]) -> Iterable[tuple[str, int, int]]:
    """Name, bits and lowest bit of each port in one word of all."""
    place = 0
    for name, bits in ports.items():
        yield name, bits, place
        place += bits


def _words(ports: dict[str, int]) -> int:
    """Words of 32 bits of all ports; at least 3, which Verilator makes an array of."""
    return max(3, -(-sum(ports.values()) // _WORD))


def _joined(inputs: dict[str, int], outputs: dict[str, int], conditions: Mapping[str, str]) -> str:
    """The module that has both. Outputs in conditions are the RTL's."""
    most = _WORD * _words(outputs) - 1
    lines = [
        f"module pair(input clk, fast_clk, input [{_WORD * _words(inputs) - 1}:0] all_inputs,",
        f"    output [{most}:0] all_rtl, all_gates);",
    ]
    for name, bits, place in _places(inputs):
        driven = f"all_inputs[{place} +: {bits}]"
        if name in conditions:
            driven = f"({conditions[name]}) ? {driven} : {bits}'d0"
        lines.append(f"    wire [{bits - 1}:0] {name} = {driven};")
    for name, bits, place in _places(outputs):
        lines.append(f"    wire [{bits - 1}:0] {name} = all_rtl[{place} +: {bits}];")
    for which in ("rtl", "gates"):
        pins = [f".{name}({name})" for name in ("clk", "fast_clk", *inputs)]
        pins += [
            f".{name}(all_{which}[{place} +: {bits}])" for name, bits, place in _places(outputs)
        ]
        lines.append(f"    {which} {which}_block({', '.join(pins)});")
        lines.append(f"    assign all_{which}[{most} : {sum(outputs.values())}] = 0;")
    return "\n".join([*lines, "endmodule", ""])


def _header(inputs: dict[str, int], outputs: dict[str, int]) -> str:
    """Where the ports are, in C++."""
    lines = ["struct Port { const char* name; int bits, place; };"]
    for name, ports in (("kInputs", inputs), ("kOutputs", outputs)):
        rows = ", ".join(f'{{"{name}", {bits}, {place}}}' for name, bits, place in _places(ports))
        lines.append(f"const std::vector<Port> {name} = {{{rows}}};")
    lines.append(f"constexpr int kWords = {_words(outputs)};")
    return "\n".join([*lines, ""])
