"""The basis memory: initial content, and elements that are parts of a word."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.basis import cosine_basis, square_basis
from lls_hw.contract.config import preset
from lls_hw.contract.packing import pack_basis
from lls_hw.gateware.memory.basis import BasisMemory
from tests.gateware.helpers import column, play

TINY = replace(preset("tiny"), basis_depth=64, basis_classes=10, max_classes=16)


def entries(words, config):
    bits = config.basis_bits
    mask = (1 << bits) - 1
    fields = [[word >> bits * k & mask for word in words] for k in range(config.lanes)]
    return [[(e ^ 1 << bits - 1) - (1 << bits - 1) for e in lane] for lane in fields]


@pytest.mark.parametrize("bits, lanes", [(2, 16), (2, 4), (8, 16), (8, 8), (8, 2)])
def test_initial_and_written_words(bits, lanes):
    """It begins with the square basis; then the host writes another one, element by element."""
    config = replace(TINY, basis_bits=bits, lanes=lanes)
    stride = config.basis_depth // -(-10 // lanes)
    basis = cosine_basis(10, stride) if bits == 8 else -square_basis(10, stride)
    elements = pack_basis(config, basis, stride).tolist()
    reads = [{"read.addr": t} for t in range(config.basis_depth)]
    writes = [
        {"host.valid": 1, "host.payload": {"addr": k, "data": e}} for k, e in enumerate(elements)
    ]
    stimulus = [*reads, *writes, {"host.valid": 0}, *reads, {}, {}]
    records = play(BasisMemory(config), stimulus, ["read.data"])
    second = len(reads) + len(writes) + 1 + 2
    for start, expected in ((2, square_basis(10, stride)), (second, basis)):
        words = column(records, "read.data", start, config.basis_depth)
        for k in range(10):
            group = words[k // lanes * stride : (k // lanes + 1) * stride]
            assert entries(group, config)[k % lanes] == np.asarray(expected[k]).tolist()
