"""The interface's version changes with the interface."""

import hashlib
import json
from dataclasses import asdict

import numpy as np

from lls_hw.contract.bus import READ, WRITE
from lls_hw.contract.channels import CHANNEL
from lls_hw.contract.config import PRESETS
from lls_hw.contract.description import DESCRIPTION
from lls_hw.contract.descriptor import BODIES, HEADER
from lls_hw.contract.frames import COMMAND, PROTOCOL
from lls_hw.contract.frames import HEADER as FRAME_HEADER
from lls_hw.contract.registers import DESCRIPTION_START, RESULT, SAMPLE, Register, Space
from lls_hw.contract.samples import pack_samples
from lls_hw.contract.tally import TALLY, ResultSums
from lls_hw.contract.trace import trace_address
from lls_hw.contract.units import Operation, Unit
from lls_hw.contract.version import INTERFACE_VERSION

PINNED = {
    3: "0b90daed85ed76bc",
    4: "b6c7e65caf7fe8c6",
    5: "b8d8726cc64e850a",
    6: "1724374ea632499f",
    7: "2bdf0ef0431b13bb",
    8: "0ea6bca34ea29a00",
}
"""Digest of everything that a host relies on, by version. If this test fails, raise the version in
`lls_hw/contract/version.py` and add its digest: boards of the old one are then refused."""


ONE_SAMPLE = np.array([[1, -2, 3]], np.int8), np.array([9], np.uint8)


def fields(layout):
    return [(f.name, f.bits, f.signed, f.wraps) for f in layout.values()]


def interface():
    """All that a host relies on, as JSON."""
    small = PRESETS["small"]
    return json.dumps(
        {
            "spaces": [
                (s.name, int(s), s.dtype.str, s.access, s.while_running, s.capacity(small))
                for s in Space
            ],
            "registers": [
                (r.name, int(r), r.access, fields(r.fields), r.while_running, r.event)
                for r in Register
            ],
            "header": fields(HEADER),
            "bodies": {o.name: (int(o), fields(BODIES[o.unit])) for o in Operation},
            "description": [DESCRIPTION_START, fields(DESCRIPTION)],
            "result": fields(RESULT),
            "sample": [fields(SAMPLE), pack_samples(*ONE_SAMPLE).tolist()],
            "tally": [TALLY, asdict(ResultSums().add(True, 3))],
            "channel state": [fields(layout) for layout in CHANNEL],
            "bus": [fields(READ), fields(WRITE)],
            "frames": [PROTOCOL, fields(FRAME_HEADER), fields(COMMAND)],
            "trace": [trace_address(small, unit, 1) for unit in Unit],
        }
    )


def test_interface_is_that_of_its_version():
    digest = hashlib.sha256(interface().encode()).hexdigest()[:16]
    assert PINNED[INTERFACE_VERSION] == digest


def test_every_unit_has_a_body():
    assert set(BODIES) == {None, *Unit}
    assert {operation.unit for operation in Operation} == {None, *Unit}
