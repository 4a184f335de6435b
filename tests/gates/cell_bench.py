"""Models of cells beside what their cells shall do, `cells/FAMILY_bench.v`."""

import subprocess
from pathlib import Path

from lls_hw.tools.verilate import verilate
from tests.gates.netlist import Family

__all__ = ["run_bench"]

_CYCLES = 4000
_DRIVER = Path(__file__).with_suffix(".cpp")


def run_bench(family: Family, folder: Path) -> tuple[int, int]:
    """How often a model was wrong, and in how many cycles the ports of every memory met at least.

    It is compiled in `folder`.
    """
    bench = family.models[0].with_name(f"{family.flow.family}_bench.v")
    program = verilate(bench, "bench", folder, [_DRIVER], options=family.options, optimise="-O0")
    command = [str(program), str(_CYCLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wrong, met = map(int, done.stdout.split())
    return wrong, met
