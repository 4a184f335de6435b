"""What an exported network's numbers mean, as a table of JSON values."""

from typing import Any

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.export.inference import Inference, Layer, Vote
from lls_hw.network.file import table_of
from lls_hw.network.layer_settings import NORMALISED_INPUT_FRACTION, WEIGHT_FRACTION
from lls_hw.network.layers import Conv

__all__ = ["notes_of"]


def notes_of(inference: Inference) -> dict[str, Any]:
    """The network and the meaning of each layer's numbers.

    `scale` is the real value of one unit of an integer; a real value of an input is 1 for white,
    and those of weights are the engine's Q12 numbers.
    """
    network = inference.network
    scale = 1 / f.ACT_MAX
    layers = []
    for index, layer in enumerate(inference.layers):
        kind = "convolution" if isinstance(network.layers[index], Conv) else "fully connected"
        layers.append({"kind": kind, **_layer(layer, f"layers.{index}", scale)})
        scale = layers[-1]["output"]["scale"]
    return {
        "network": network.name,
        "definition": table_of(network),
        "input": {
            "channels_height_width": list(network.input),
            "order": "height, width, channels",
            "integer": f"min((pixel + 1) >> 1, {f.ACT_MAX}) - {network.offset}",
            "scale": 1 / f.ACT_MAX,
        },
        "layers": layers,
        "class_names": list(inference.class_names),
        "prediction": "largest sum of all layers' exponents" if network.votes else "largest logit",
        "arithmetic": "docs/numerics.md of lls-hw",
    }


def _layer(layer: Layer, name: str, scale: float) -> dict[str, Any]:
    """Meaning of a layer whose inputs have that scale."""
    shape, pixels = layer.shape, (layer.shape.kernel_height, layer.shape.kernel_width)
    found: dict[str, Any] = {
        "input": [shape.in_height, shape.in_width, shape.in_channels],
        "kernel": list(pixels),
        "stride": shape.stride,
        "padding": shape.pad,
        "outputs": shape.channels,
        "weight": {
            "tensor": f"{name}.weight",
            "format": "int16",
            "row": "(kernel_row * kernel_width + kernel_column) * input_channels + channel",
            "column": "output channel",
            "scale": 2.0**-WEIGHT_FRACTION,
        },
        "shift": layer.shift,
    }
    if layer.classifier:
        logit = {"format": f"int{f.LATENT_BITS}", "scale": 2.0**-f.LOGIT_FRACTION}
        return found | {"activation": "none", "output": {"kind": "logits", **logit}}
    unit = scale * 2.0 ** (layer.shift - WEIGHT_FRACTION)
    found["activation"] = {"kind": "leaky_relu", "negative_slope": 2.0**-f.SLOPE_SHIFT}
    found["activation"] |= {"format": "int8", "scale": unit}
    if shape.pool:
        found["then"] = {"kind": "max_pool", "kernel": 2, "stride": 2}
    if shape.average:
        unit *= 2.0**shape.average_shift
        cells = {"cells": [shape.cells, shape.cells], "shift": shape.average_shift}
        found["then"] = {"kind": "sums of cells", **cells}
    if layer.normalisation:
        unit = 2.0**-NORMALISED_INPUT_FRACTION
        found["normalisation"] = {
            "integer": f"half_up((outputs << {c.WIDE_FRACTION}) >> shift - mean / 2)",
            "shift": f"{name}.normalisation_shift",
            "mean": f"{name}.normalisation_mean",
        }
    if layer.vote:
        found["vote"] = _vote(layer.vote, name)
    channels, height, width = shape.output
    found["output"] = {"shape": [height, width, channels], "format": "int8", "scale": unit}
    return found


def _vote(vote: Vote, name: str) -> dict[str, Any]:
    """Meaning of the tensors of a vote."""
    found: dict[str, Any] = {
        "basis": {"tensor": f"{name}.basis", "scale": 2.0**-vote.basis_shift},
        "temperature": 2.0**-vote.temperature_shift,
    }
    if vote.modulation.size:
        scale = 2.0**-f.MODULATION_FRACTION
        found["modulation"] = {"tensor": f"{name}.modulation", "scale": scale}
    return found
