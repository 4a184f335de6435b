"""A trained network as an ONNX model: the same predictions and scores, exactly."""

from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.export.inference import Inference, Layer, Normalisation
from lls_hw.export.onnx_graph import Graph
from lls_hw.export.onnx_votes import block_exponents
from lls_hw.network.geometry import LayerShape, cell_edges

__all__ = ["onnx_model"]


def onnx_model(inference: Inference, notes: dict[str, str]) -> onnx.ModelProto:
    """The model. Input `images` (N, C, H, W) uint8; outputs `scores` (N, K) float, the classifier's
    probabilities, which are multiples of 2**-15, and `prediction` (N,) int64.

    `notes` become the model's metadata.
    """
    network, g = inference.network, Graph()
    channels, height, width = network.input
    votes: list[str] = []
    x = _inputs(g, network.offset)
    for layer in inference.layers[:-1]:
        x = _block(g, x, layer, votes)
    y = _classifier_exponents(g, x, inference.layers[-1])
    _scores(g, y)
    for vote in votes:
        y = g.add("Add", y, vote)
    g.add("ArgMax", y, axis=1, keepdims=0, out="prediction")
    return g.model(
        network.name,
        [
            helper.make_tensor_value_info(
                "images", TensorProto.UINT8, ["N", channels, height, width]
            )
        ],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", network.classes]),
            helper.make_tensor_value_info("prediction", TensorProto.INT64, ["N"]),
        ],
        notes,
    )


def _inputs(g: Graph, offset: int) -> str:
    """Maps (N, H, W, C) of the engine's inputs from pixels."""
    pixels = g.cast("images", TensorProto.DOUBLE)
    maps = g.add("Transpose", pixels, perm=[0, 2, 3, 1])
    halves = g.limited(g.half_up(maps, 1), 0, f.ACT_MAX)
    return g.plus(halves, -float(offset)) if offset else halves


def _sums(g: Graph, x: str, layer: Layer) -> str:
    """Accumulators (N, height, width, O), or (N, O) of a kernel of the whole map."""
    shape = layer.shape
    weight = g.cast(g.constant(layer.weight, np.int16), TensorProto.DOUBLE)
    whole = shape.in_height, shape.in_width
    if (shape.kernel_height, shape.kernel_width) == whole and not shape.pad:
        return g.add("MatMul", g.shaped(x, -1, shape.fan_in), weight)
    if shape.pad:
        p = shape.pad
        x = g.add("Pad", x, g.constant([0, p, p, 0, 0, p, p, 0], np.int64))
    taps = [
        g.part(x, [1, 2], *(slice(at, at + shape.stride * (size - 1) + 1, shape.stride)
                            for at, size in ((ky, shape.height), (kx, shape.width))))
        for ky in range(shape.kernel_height)
        for kx in range(shape.kernel_width)
    ]  # fmt: skip
    seen = g.add("Concat", *taps, axis=3) if len(taps) > 1 else taps[0]
    return g.add("MatMul", seen, weight)


def _scaled(g: Graph, z: str) -> str:
    """LeakyReLU with slope 1/8, times 8: the larger of z and 8 z."""
    return g.add("Max", z, g.times(z, float(1 << f.SLOPE_SHIFT)))


def _saturated(g: Graph, value: str) -> str:
    return g.limited(value, -f.ACT_MAX, f.ACT_MAX)


def _maps(g: Graph, h: str, shape: LayerShape) -> str:
    return g.shaped(h, -1, shape.height, shape.width, shape.channels)


def _cell_sums(g: Graph, h: str, shape: LayerShape) -> str:
    """Latents (N, d): sums over the cells of a map (N, H, W, O)."""
    if shape.pixels == 1:
        return g.shaped(h, -1, shape.channels)
    rows, columns = (cell_edges(size, shape.cells) for size in (shape.height, shape.width))
    sums = [
        g.sum(g.part(h, [1, 2], slice(top, bottom), slice(left, right)), 1, 2)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return g.add("Concat", *sums, axis=1) if len(sums) > 1 else sums[0]


def _max_pool(g: Graph, h: str, shape: LayerShape) -> str:
    height, width = shape.height // 2 * 2, shape.width // 2 * 2
    corners = [
        g.part(h, [1, 2], slice(y, height, 2), slice(x, width, 2)) for y in (0, 1) for x in (0, 1)
    ]
    return g.add("Max", *corners)


def _block(g: Graph, x: str, layer: Layer, votes: list[str]) -> str:
    """What a block hands on: maps (N, H, W, C). Its exponents are added to `votes`."""
    shape = layer.shape
    scaled = _scaled(g, _maps(g, _sums(g, x, layer), shape))
    h = _saturated(g, g.half_up(scaled, layer.shift + f.SLOPE_SHIFT))
    u = _cell_sums(g, h, shape) if layer.vote or shape.average else ""
    if layer.vote:
        votes.append(block_exponents(g, u, layer.vote))
    if shape.average:
        cells = g.shaped(u, -1, shape.cells, shape.cells, shape.channels)
        if layer.normalisation is None:
            return _saturated(g, g.half_up(cells, shape.average_shift))
        wide = g.floor(cells, 2.0 ** (c.WIDE_FRACTION - shape.average_shift))
        return _normalised(g, g.limited(wide, *c.AVERAGE_LIMITS), layer.normalisation)
    if layer.normalisation is not None:
        wide = g.floor(scaled, 2.0 ** (c.WIDE_FRACTION - layer.shift - f.SLOPE_SHIFT))
        h = _normalised(g, g.limited(wide, *c.ACTIVATION_LIMITS), layer.normalisation)
    return _max_pool(g, h, shape) if shape.pool else h


def _normalised(g: Graph, wide: str, normalisation: Normalisation) -> str:
    """`golden.normalisation.normalise`."""
    half = g.plus(g.floor(wide, 2.0 ** (1 - normalisation.scale)), 1.0 - normalisation.mean)
    return _saturated(g, g.floor(half, 0.5))


def _classifier_exponents(g: Graph, x: str, layer: Layer) -> str:
    logits = g.half_up(_sums(g, x, layer), layer.shift)
    logits = g.limited(logits, -f.LATENT_MAX, f.LATENT_MAX)
    fraction = f.LOG2E_FRACTION + f.LOGIT_FRACTION - f.EXPONENT_FRACTION
    return g.floor(g.times(logits, float(f.LOG2E)), 2.0**-fraction)


def _scores(g: Graph, y: str) -> None:
    """Softmax of exponents (N, K), as `golden.integer.softmax_error` has it.

    The quotient is rounded once. It differs from the next whole number by 2**-23 at least, so
    that it is not rounded to it.
    """
    distance = g.add("Sub", g.add("ReduceMax", y, axes=[1], keepdims=1), y)
    whole = g.floor(distance, 2.0**-f.EXPONENT_FRACTION)
    fraction = g.add("Sub", distance, g.times(whole, float(1 << f.EXPONENT_FRACTION)))
    shift = g.table(0.5 ** np.arange(32.0), g.limited(whole, 0, 31))
    power = g.add("Floor", g.add("Mul", g.table(f.EXP2_TABLE, fraction), shift))
    total = g.sum(power, 1, keep=True)
    reciprocal = g.add("Floor", g.add("Div", g.constant(2.0**31), total))
    p = g.floor(g.add("Mul", power, reciprocal), 2.0**-16)
    g.cast(g.times(p, 1 / f.ONE), TensorProto.FLOAT, out="scores")
