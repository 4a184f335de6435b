"""Builds a component with Verilator and runs cocotb tests on it."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from amaranth.lib import wiring
from cocotb_tools.runner import Verilator, get_results

from lls_hw.gateware.verilog import write_verilog
from lls_hw.gateware.without_reset import WithoutReset
from lls_hw.tools.verilate import environment, pieces, version

__all__ = ["simulate"]

_BUILD = Path(__file__).parent / "build"
_TOP = "top"
_OPTIONS = [
    "-Wno-fatal", "-Wno-lint", "-Wno-style", "--no-timing", "-O3",
    "--x-assign", "fast", "--x-initial", "fast", "--output-split", "8000",
]  # fmt: skip
_MAKE_OPTIONS = ["OPT_SLOW=-O0", "OPT_FAST=-O0", "OPT_GLOBAL=-O1"]
_RUNTIME = ("verilated.o", "verilated_dpi.o", "verilated_threads.o", "verilated_vpi.o")
"""Objects that are the same for all designs; they take half of the time of a build."""


class _Runner(Verilator):
    """Makes only the ports of the top module visible: several times faster than all signals.

    Parameters
    ----------
    runtime : folder with the objects that need not be compiled again, or without any.
    """

    def __init__(self, runtime: Path) -> None:
        super().__init__()
        self._runtime = runtime

    def _build_command(self):
        verilator, make = super()._build_command()
        verilator = [word for word in verilator if word != "--public-flat-rw"]
        kept = [str(path) for path in sorted(self._runtime.glob("*.o"))]
        copies = [["cp", *kept, str(self.build_dir)]] if kept else []
        at = make.index("-f")  # and the makefile that Verilator writes
        make[at : at + 2] = pieces(_TOP, str(_BUILD))
        return [verilator, *copies, [*make, *_MAKE_OPTIONS]]


def _ports(verilog: str) -> list[str]:
    """Port names of the top module."""
    header = re.search(rf"module {_TOP}\((.*?)\);", verilog, re.DOTALL)
    assert header, f"the Verilog has no module {_TOP}"
    return [name.strip().lstrip("\\") for name in header.group(1).split(",")]


def _digest(*parts: str) -> str:
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def _keep_runtime(folder: Path, runtime: Path) -> None:
    """Keeps what other builds need not compile again; it appears in one piece."""
    if runtime.exists():
        return
    with tempfile.TemporaryDirectory(dir=_BUILD) as temporary:
        whole = Path(temporary) / "runtime"
        whole.mkdir()
        for name in _RUNTIME:
            shutil.copy(folder / name, whole)
        try:
            whole.rename(runtime)
        except OSError:
            assert runtime.exists()  # another build was faster


def simulate(component: wiring.Component, test_module: str, settings: dict[str, object]) -> None:
    """Runs all cocotb tests of a module; AssertionError if one fails.

    The component has no reset, as on a board: a test begins where the one before has ended.

    The tests find `settings` as JSON in the environment variable LLS_SETTINGS. Builds are kept
    by content under `sim/build`.
    """
    verilog = write_verilog(WithoutReset(component), _TOP)
    folder = _BUILD / _digest(verilog, version())
    folder.mkdir(parents=True, exist_ok=True)
    source, ports = folder / f"{_TOP}.v", folder / "ports.vlt"
    if not source.exists() or source.read_text() != verilog:
        source.write_text(verilog)
        lines = (f'public_flat_rw -module "{_TOP}" -var "{name}"' for name in _ports(verilog))
        ports.write_text("\n".join(["`verilator_config", *lines, ""]))
    runtime = _BUILD / f"runtime-{_digest(version(), *_OPTIONS, *_MAKE_OPTIONS)}"
    os.environ.update(environment())
    runner = _Runner(runtime)
    runner.build(
        sources=[ports, source],
        hdl_toplevel=_TOP,
        build_dir=folder,
        build_args=_OPTIONS,
        timescale=("1ns", "1ps"),
    )
    _keep_runtime(folder, runtime)
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
