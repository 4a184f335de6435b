"""Builds a component with Verilator and runs cocotb tests on it."""

import hashlib
import json
import os
import re
from pathlib import Path

from amaranth.lib import wiring
from cocotb_tools.runner import Verilator, get_results

from lls_hw.gateware.verilog import write_verilog
from lls_hw.tools.verilate import environment, version

__all__ = ["simulate"]

_BUILD = Path(__file__).parent / "build"
_TOP = "top"


class _PortsOnly(Verilator):
    """Makes only the ports of the top module visible: several times faster than all signals."""

    def _build_command(self):
        commands = super()._build_command()
        return [[word for word in command if word != "--public-flat-rw"] for command in commands]


def _ports(verilog: str) -> list[str]:
    """Port names of the top module."""
    header = re.search(rf"module {_TOP}\((.*?)\);", verilog, re.DOTALL)
    assert header, f"the Verilog has no module {_TOP}"
    return [name.strip().lstrip("\\") for name in header.group(1).split(",")]


def simulate(component: wiring.Component, test_module: str, settings: dict[str, object]) -> None:
    """Runs all cocotb tests of a module; AssertionError if one fails.

    The tests find `settings` as JSON in the environment variable LLS_SETTINGS. Builds are kept
    by content under `sim/build`.
    """
    verilog = write_verilog(component, _TOP)
    digest = hashlib.sha256((verilog + version()).encode()).hexdigest()[:16]
    folder = _BUILD / digest
    folder.mkdir(parents=True, exist_ok=True)
    source, ports = folder / f"{_TOP}.v", folder / "ports.vlt"
    if not source.exists() or source.read_text() != verilog:
        source.write_text(verilog)
        lines = (f'public_flat_rw -module "{_TOP}" -var "{name}"' for name in _ports(verilog))
        ports.write_text("\n".join(["`verilator_config", *lines, ""]))
    os.environ.update(environment())
    runner = _PortsOnly()
    runner.build(
        sources=[ports, source],
        hdl_toplevel=_TOP,
        build_dir=folder,
        build_args=[
            "-Wno-fatal", "-Wno-lint", "-Wno-style", "--no-timing", "-O3",
            "--x-assign", "fast", "--x-initial", "fast",
            "-MAKEFLAGS", "OPT_SLOW=-O0 OPT_FAST=-O1",
        ],
        timescale=("1ns", "1ps"),
    )  # fmt: skip
    results = runner.test(
        test_module=test_module,
        hdl_toplevel=_TOP,
        hdl_toplevel_lang="verilog",
        build_dir=folder,
        test_dir=folder,
        results_xml=str(folder / f"{test_module}.xml"),
        extra_env={"LLS_SETTINGS": json.dumps(settings)},
    )
    tests, failures = get_results(results)
    assert tests and not failures, f"{failures} of {tests} cocotb tests failed, see above"
