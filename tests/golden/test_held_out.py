"""`bench/accuracy.py` can do without the test images."""

import numpy as np
import pytest

from bench.accuracy import hold_out
from lls_hw.datasets.names import load_data
from lls_hw.errors import LlsError


def test_the_last_training_images_are_held_out():
    data = load_data("digits")
    held = hold_out(data, 100)
    for part in ("images", "labels"):
        train, test = (getattr(held, f"{of}_{part}") for of in ("train", "test"))
        assert len(test) == 100
        assert np.array_equal(np.concatenate([train, test]), getattr(data, f"train_{part}"))


@pytest.mark.parametrize("count", [-1, 0, 1438, 2000])
def test_something_is_held_out_and_something_left(count):
    with pytest.raises(LlsError, match=f"--held-out is {count}; .* choose 1 to 1437"):
        hold_out(load_data("digits"), count)
