"""Exponents of a block's own scores as an ONNX graph: `golden.integer.block_exponents`."""

import numpy as np
from onnx import TensorProto

from lls_hw.contract import formats as f
from lls_hw.export.inference import Vote
from lls_hw.export.onnx_graph import Graph

__all__ = ["block_exponents"]

MAX_EXPONENT = 23
"""Of the norm of latents: their squares sum up to less than 4**MAX_EXPONENT."""


def block_exponents(g: Graph, u: str, vote: Vote) -> str:
    """Exponents (N, K) from latents (N, d).

    The quotient and the root are rounded once. Neither reaches the next whole number by that: a
    quotient differs from it by 2**-16 at least, and roots of integers below 2**33 by 2**-18.
    """
    mantissa, j = _norm(g, u)
    scores = g.add("MatMul", u, g.constant(vote.basis.T))
    scores = g.half_up(scores, vote.basis_shift)
    if vote.modulation.size:
        return _modulated(g, scores, mantissa, j, vote)
    scale = g.floor(g.times(mantissa, float(f.LOG2E)), 2.0**-f.LOG2E_FRACTION)
    fixed = 15 - f.EXPONENT_FRACTION - vote.temperature_shift
    return _shifted(g, g.add("Mul", scores, scale), j, fixed)


def _norm(g: Graph, u: str) -> tuple[str, str]:
    """1 / norm (N, 1) as mantissa and exponent j; mantissa 0 for zero."""
    square = g.sum(g.add("Mul", u, u), 1, keep=True)
    powers = g.constant(4.0 ** np.arange(MAX_EXPONENT))
    reached = g.cast(g.add("GreaterOrEqual", square, powers), TensorProto.DOUBLE)
    j = g.limited(g.sum(reached, 1, keep=True), 1, MAX_EXPONENT)
    normal = g.add("Floor", g.add("Mul", square, _powers(g, j, 4.0, 16, -1)))
    root = g.add("Floor", g.add("Sqrt", normal))
    quotient = g.add("Div", g.constant(2.0**31), g.add("Max", root, g.constant(1.0)))
    mantissa = g.limited(g.add("Floor", quotient), 0, 65535)
    some = g.add("Min", square, g.constant(1.0))
    return g.add("Mul", mantissa, some), j


def _powers(g: Graph, j: str, base: float, constant: int, sign: int) -> str:
    """base ** (constant + sign * j)."""
    return g.table(base ** (constant + sign * np.arange(MAX_EXPONENT + 1.0)), j)


def _shifted(g: Graph, value: str, j: str, fixed: int) -> str:
    """value >> (j + fixed)."""
    return g.add("Floor", g.add("Mul", value, _powers(g, j, 2.0, -fixed, -1)))


def _modulated(g: Graph, scores: str, mantissa: str, j: str, vote: Vote) -> str:
    """Exponents of modulated scores: `golden.modulation.modulated_exponents`."""
    n = _shifted(g, g.add("Mul", scores, mantissa), j, 15 - f.SCORE_FRACTION)
    if vote.modulation.ndim == 1:
        product = g.times(n, vote.modulation)
    else:
        product = g.add("MatMul", n, g.constant(vote.modulation))
    r = g.limited(g.half_up(product, f.MODULATION_FRACTION), -f.LATENT_MAX, f.LATENT_MAX)
    fraction = f.LOG2E_FRACTION + f.SCORE_FRACTION - f.EXPONENT_FRACTION
    return g.floor(g.times(r, float(f.LOG2E)), 2.0 ** (vote.temperature_shift - fraction))
