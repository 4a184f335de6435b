"""A trained network as a C header: inference in integers, in C99 without a library."""

from collections.abc import Iterable
from importlib import resources
from math import prod
from textwrap import wrap

import numpy as np
from numpy.typing import ArrayLike

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.contract.basis import basis_shift
from lls_hw.export.inference import Inference, Layer

__all__ = ["c_header"]

_VOTE = "        lls_vote(&lls_layers[k], latents, exponents);\n"


def c_header(inference: Inference, notice: str) -> str:
    """The header; `notice` stands in a comment at its beginning.

    `int lls_predict(const uint8_t *image, uint16_t *scores)` gives the class of an image and the
    probability of each class in units of 2**-15.
    """
    network = inference.network
    notice = notice.replace("*/", "* /").replace("/*", "/ *")
    text = _template("inference.h")
    parts = {
        "@notice@": "/*\n" + "".join(f" * {line}\n" for line in wrap(notice, 95)) + " */",
        "@constants@": "\n".join(f"#define LLS_{k} {v}" for k, v in _constants(inference).items()),
        "@tables@": "\n\n".join(_tables(inference)),
        "@votes@": _template("votes.h") if network.votes else "",
        "@vote@": _VOTE if network.votes else "",
    }
    for place, content in parts.items():
        text = text.replace(place, content)
    return text


def _template(name: str) -> str:
    return (resources.files("lls_hw.export") / name).read_text()


def _constants(inference: Inference) -> dict[str, int]:
    network, layers = inference.network, inference.layers
    channels, height, width = network.input
    blocks = [layer.shape for layer in layers[:-1]]
    return {
        "HEIGHT": height,
        "WIDTH": width,
        "CHANNELS": channels,
        "CLASSES": network.classes,
        "LAYERS": len(layers),
        "OFFSET": network.offset,
        "LARGEST_MAP": max([network.inputs, *(prod(shape.output) for shape in blocks)]),
        "LATENTS": network.widest,
        "WIDEST": max((shape.channels for shape in blocks), default=1),
        "ACT_MAX": f.ACT_MAX,
        "LATENT_MAX": f.LATENT_MAX,
        "LOG2E": f.LOG2E,
        "ACTIVATION_MIN": c.ACTIVATION_LIMITS[0],
        "ACTIVATION_LIMIT": c.ACTIVATION_LIMITS[1],
        "AVERAGE_MIN": c.AVERAGE_LIMITS[0],
        "AVERAGE_LIMIT": c.AVERAGE_LIMITS[1],
        "SLOPE_SHIFT": f.SLOPE_SHIFT,
        "WIDE_FRACTION": c.WIDE_FRACTION,
        "EXPONENT_FRACTION": f.EXPONENT_FRACTION,
        "LOGIT_SHIFT": f.LOG2E_FRACTION + f.LOGIT_FRACTION - f.EXPONENT_FRACTION,
        **(_vote_constants(network.basis) if network.votes else {}),
    }


def _vote_constants(basis: str) -> dict[str, int]:
    return {
        "BASIS_SHIFT": basis_shift(basis),
        "LOG2E_FRACTION": f.LOG2E_FRACTION,
        "MODULATION_FRACTION": f.MODULATION_FRACTION,
        "BLOCK_SHIFT": 15 - f.EXPONENT_FRACTION,
        "SCORE_SHIFT": 15 - f.SCORE_FRACTION,
        "MODULATED_SHIFT": f.LOG2E_FRACTION + f.SCORE_FRACTION - f.EXPONENT_FRACTION,
    }


def _tables(inference: Inference) -> Iterable[str]:
    """Arrays of all layers, and the table of layers that points to them."""
    yield _array("uint16_t", "lls_exp2", f.EXP2_TABLE)
    rows = []
    for index, layer in enumerate(inference.layers):
        arrays = _arrays(layer)
        for name, (kind, values) in arrays.items():
            yield _array(kind, f"lls_{name}_{index}", values)
        rows.append(_row(layer, index, arrays.keys()))
    yield "static const struct lls_layer lls_layers[LLS_LAYERS] = {\n" + "".join(rows) + "};"


def _arrays(layer: Layer) -> dict[str, tuple[str, ArrayLike]]:
    """Type and values of each array that a layer has."""
    found: dict[str, tuple[str, ArrayLike]] = {"weight": ("int16_t", layer.weight)}
    if layer.normalisation:
        found["scale"] = "int8_t", layer.normalisation.scale
        found["mean"] = "int32_t", layer.normalisation.mean
    if layer.vote:
        found["basis"] = "int8_t", layer.vote.basis
        if layer.vote.modulation.size:
            found["modulation"] = "int16_t", layer.vote.modulation
    return found


def _row(layer: Layer, index: int, arrays: Iterable[str]) -> str:
    """An entry of the table of layers."""
    shape, vote = layer.shape, layer.vote
    pointers = {
        name: f"lls_{name}_{index}" if name in arrays else "NULL"
        for name in ("weight", "scale", "mean", "basis", "modulation")
    }
    fields = {
        **{name: getattr(shape, name) for name in _SHAPE},
        "shift": layer.shift,
        "pool": int(shape.pool),
        "average": int(shape.average),
        **pointers,
        "temperature_shift": vote.temperature_shift if vote else 0,
        "modulated": vote.modulation.ndim if vote and vote.modulation.size else 0,
    }
    lines = wrap(", ".join(f".{name} = {value}" for name, value in fields.items()), 90)
    return "    {\n" + "".join(f"        {line}\n" for line in lines) + "    },\n"


_SHAPE = (
    "in_height", "in_width", "in_channels", "height", "width", "channels", "kernel_height",
    "kernel_width", "stride", "pad", "cells", "average_shift",
)  # fmt: skip
"""Fields of `LayerShape` with the same name in C."""


def _array(kind: str, name: str, values: ArrayLike) -> str:
    numbers = np.asarray(values).reshape(-1).tolist()
    lines = "\n".join(wrap(", ".join(map(str, numbers)), 95, initial_indent="    ",
                           subsequent_indent="    "))  # fmt: skip
    return f"static const {kind} {name}[{len(numbers)}] = {{\n{lines}\n}};"
