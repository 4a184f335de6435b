"""Builds that take no time: they stand in for `lls_hw.explore.child` in all processes.

A sitecustomize.py on PYTHONPATH is imported by each Python before anything else. Engines with more
columns are faster and larger, and the clock depends on the seed. FAKE_SECONDS makes a build last,
FAKE_FAILING_SEED fails, and each build notes its title in the file `calls`.
"""

import os
from pathlib import Path

from bench.style import ROOT
from tests.fake_tools import install

__all__ = ["called", "environment"]

_CHILD = """\
import json, os, sys, threading, time
if "lls_hw.explore.child" in sys.orig_argv:
    point = json.loads(sys.orig_argv[-2])
    with open({log!r}, "a") as file:
        file.write(f"{{point['engine']}} {{point['seed']}}\\n")
    def watch():
        while os.read(0, 256):
            pass
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    if str(point["seed"]) == os.environ.get("FAKE_FAILING_SEED"):
        print(json.dumps({{"error": "Timing is not met: clk reaches 59 MHz.", "final": True}}))
    elif str(point["seed"]) == os.environ.get("FAKE_CRASHING_SEED"):
        sys.stderr.write("Traceback\\nIndexError: list index out of range\\n")
        sys.stderr.flush()
        os._exit(1)
    else:
        cols, seed = point["config"]["cols"], point["seed"]
        used = {{"LUT": 1000 * cols, "FF": 500 * cols, "DSP": 4 * cols, "BRAM": 10}}
        clock = {{"clock": "clk", "achieved": 60 + seed, "wanted": point["frequency"]}}
        print(json.dumps({{"report": {{
            "resources": {{k: {{"used": n, "available": 50000}} for k, n in used.items()}},
            "clocks": {{"clk": clock}}, "total_seconds": 1.5, "seconds": {{}},
            "features": {{"carry": 400 * cols, "register": 520 * cols}},
        }}}}))
    sys.stdout.flush()
    os._exit(0)
"""


def environment(folder: Path, monkeypatch) -> dict[str, str]:
    """The environment of a process whose builds, and whose workers' builds, are these."""
    install(folder, monkeypatch)
    (folder / "python").mkdir()
    (folder / "python" / "sitecustomize.py").write_text(_CHILD.format(log=str(folder / "built")))
    return dict(os.environ, PYTHONPATH=os.pathsep.join([str(folder / "python"), str(ROOT)]))


def called(folder: Path) -> list[str]:
    """Engine and seed of each build that has begun since the last question, in order."""
    log = folder / "built"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return found
