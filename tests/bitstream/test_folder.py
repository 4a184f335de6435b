"""The output folder of a build that is killed: a report always belongs to what lies beside it."""

import json
import subprocess
import sys

import pytest

from lls_hw.bitstream import REPORTS
from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.ice40 import Ice40
from lls_hw.bitstream.xilinx import Xilinx

_SCRIPT = """
import json, os, sys
from pathlib import Path
from lls_hw.bitstream.folder import publish

out, products = Path(sys.argv[1]), json.loads(sys.argv[2])
left = None

def hook(event, arguments):
    global left
    if left is None or event not in ("os.rename", "os.remove"):
        return
    if left == 0:
        os._exit(9)
    left -= 1

sys.addaudithook(hook)
states, killed = [], True
while killed:
    for name in products:
        (out / name).write_text("old")
    child = os.fork()
    if child == 0:
        with publish(out, products) as work:
            for name in sorted(products):
                (work / name).write_text("new")
            left = len(states)
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    states.append({name: (out / name).read_text() for name in products if (out / name).exists()})
print(json.dumps(states))
"""
"""Kills a build before its first change of the folder, before its second, and so on."""


@pytest.mark.parametrize("flow", [Ecp5, Ice40, Xilinx])
def test_killed_at_any_moment(tmp_path, flow):
    products = [*REPORTS, *flow.PRODUCTS]
    command = [sys.executable, "-c", _SCRIPT, str(tmp_path), json.dumps(products)]
    states = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert len(states) > 2 * len(products)
    assert states[0] == dict.fromkeys(products, "old")
    assert states[-1] == dict.fromkeys(products, "new")
    for state in states:
        if "report.json" in state:
            assert state == dict.fromkeys(products, state["report.json"])
