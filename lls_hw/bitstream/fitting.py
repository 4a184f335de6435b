"""Coefficients of the estimate, fitted to engines that were built.

Least squares of relative errors, no negative coefficient. `bench/estimate.py` fits those of the
package, `lls-hw explore` those of its own builds.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lls_hw.tools.packages import require

__all__ = ["KINDS", "PACKED", "Sample", "error", "fitted"]

KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ecp5": {"LUT": ("carry", "register"), "FF": ("register",)},
    "ice40": {"LC": ("carry", "register")},
    "xilinx": {"LUT": ("carry", "register"), "FF": ("register",)},
}
"""Features of which each kind of cell is a weighted sum, by family."""
PACKED = frozenset({"ecp5"})
"""Families whose estimates count cells as the placer packs them, up to a sixth more than synthesis
counts."""


class Sample(NamedTuple):
    """An engine that was built."""

    name: str
    features: Mapping[str, float]
    """See `bitstream.estimate.features`."""
    used: Mapping[str, float]
    """Cells of each kind."""


def fitted(samples: Sequence[Sample], kind: str, keys: Sequence[str]) -> dict[str, float]:
    """Coefficients of one kind of cell."""
    require("scipy", "Fitting needs SciPy")
    import numpy as np
    from scipy.optimize import nnls

    wanted = np.array([sample.used[kind] for sample in samples], float)
    matrix = np.array([[sample.features[key] for key in keys] for sample in samples], float)
    factors, _ = nnls(matrix / wanted[:, None], np.ones(len(samples)))
    return {key: round(float(factor), 4) for key, factor in zip(keys, factors, strict=True)}


def error(sample: Sample, kind: str, factors: Mapping[str, float]) -> float:
    """Relative error of the estimate with these coefficients."""
    guess = sum(factor * sample.features[key] for key, factor in factors.items())
    return guess / sample.used[kind] - 1
