"""How samples lie in the external memory."""

import numpy as np
import pytest

from lls_hw.contract.samples import pack_samples, sample_elements


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([[1]], [[200, 0x0001]]),
        ([[-1]], [[200, 0x00FF]]),
        ([[1, -2]], [[200, -0x01FF]]),
        ([[1, 2, -128]], [[200, 0x0201, 0x0080]]),
    ],
)
def test_label_then_input(inputs, expected):
    packed = pack_samples(np.array(inputs, np.int8), np.array([200], np.uint8))
    assert packed.dtype == np.int16
    assert packed.tolist() == expected
    assert packed.shape[1] == sample_elements(len(inputs[0]))


def test_samples_follow_each_other():
    inputs = np.arange(-6, 6).reshape(4, 3).astype(np.int8)
    labels = np.array([0, 1, 255, 7], np.uint8)
    packed = pack_samples(inputs, labels)
    for row, one, label in zip(packed, inputs, labels, strict=True):
        assert row.tolist() == pack_samples(one[None], label[None])[0].tolist()
        assert row[1:].astype("<i2").tobytes()[:3] == one.tobytes()
