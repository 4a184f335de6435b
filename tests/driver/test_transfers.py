"""Transfers: only what has changed is written again."""

import numpy as np
import pytest

from lls_hw.contract.registers import Space
from lls_hw.driver.transfers import Transfer, changed


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, [1, 2], [(5, [1, 2])]),
        ([1, 2, 3], [1, 2, 3], []),
        ([1, 2, 3], [9, 2, 3], [(5, [9])]),
        ([1, 2, 3, 4], [1, 8, 9, 4], [(6, [8, 9])]),
        ([1, 2, 3, 4, 5], [0, 2, 0, 0, 0], [(5, [0]), (7, [0, 0, 0])]),
    ],
)
def test_changed(old, new, expected):
    before, after = (
        None if elements is None else Transfer(Space.PROGRAM, 5, np.array(elements, np.uint32))
        for elements in (old, new)
    )
    found = list(changed(before, after))
    assert [(t.space, t.address, t.elements.tolist()) for t in found] == [
        (Space.PROGRAM, *run) for run in expected
    ]
