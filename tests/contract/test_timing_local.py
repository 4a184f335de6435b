"""Cycle formulas of the local update unit are sums of latencies; these are the sums."""

from dataclasses import replace

import pytest

from lls_hw.contract import timing_local as timing
from lls_hw.contract.config import preset


def test_drains():
    assert timing.FETCH_LATENCY == 3
    assert timing.RECIPROCAL_CYCLES == 18
    assert timing.INVERSE_NORM_CYCLES == 40
    assert timing.SCALE_CYCLES == 4
    assert timing.LOGITS_DRAIN == 7
    assert timing.POWERS_DRAIN == 7
    assert timing.ERRORS_DRAIN == 8
    assert timing.PROJECTION_CYCLES == 12
    assert timing.FORWARD_DRAIN == 5
    assert timing.BACKWARD_DRAIN == 9


@pytest.mark.parametrize(("lanes", "drain"), [(2, 16), (8, 16), (16, 16)])
def test_scatter_drain(lanes, drain):
    """Up to 16 lanes the adder tree is no longer than the way of the latent's own component."""
    config = replace(preset("small"), lanes=lanes)
    assert timing.scatter_drain(config) == drain
    assert timing.scatter_drain(replace(config, basis_bits=8)) == drain + 1


def test_signal_cycles():
    """Of `docs/local_update_unit.md`."""
    for classes in (2, 10, 100):
        assert timing.signal_cycles(classifier=True, classes=classes) == 3 * classes + 40
        assert timing.signal_cycles(classifier=False, classes=classes) == 3 * classes + 96
        for modulation, words in ((1, classes), (2, classes**2)):
            cycles = timing.signal_cycles(classifier=False, classes=classes, modulation=modulation)
            assert cycles == 4 * classes + 113 + 2 * words
