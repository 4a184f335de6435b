"""Writes a trained network as a safetensors file, an ONNX model or a C header."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lls_hw.driver.checkpoint import TrainingState
from lls_hw.errors import LlsError
from lls_hw.export.c_header import c_header
from lls_hw.export.inference import Inference, inference_of
from lls_hw.export.notes import notes_of
from lls_hw.network.network import Network
from lls_hw.tools.files import replace_file
from lls_hw.tools.results import check_outputs
from lls_hw.version import VERSION

__all__ = ["SUFFIXES", "check_export", "export"]


def export(path: Path, network: Network, state: TrainingState) -> None:
    """Writes the inference of a network with the weights of a state.

    The file's suffix is one of `SUFFIXES`. LlsError for another, or if it cannot be written;
    InputError if the state is none of the network.
    """
    check_export(path)
    content = SUFFIXES[path.suffix.lower()](inference_of(network, state))
    try:
        replace_file(path, content)
    except OSError as error:
        raise LlsError(
            f"{path} cannot be written ({error.strerror}); choose another file."
        ) from error


def check_export(path: Path) -> None:
    """LlsError if such a file cannot be written: its kind, its folder, or what writes it."""
    if path.suffix.lower() not in SUFFIXES:
        raise LlsError(
            f"{path} has the suffix {path.suffix!r}; a network is exported as one of "
            f"{', '.join(SUFFIXES)}."
        )
    check_outputs(path)
    if path.is_dir():
        raise LlsError(f"{path} is a folder; choose the name of a file.")
    if path.suffix.lower() == ".onnx":
        try:
            import onnx  # noqa: F401
        except ImportError as error:
            raise LlsError(
                f"{path} needs the package onnx, which is not installed; run: pip install onnx."
            ) from error


def _safetensors(inference: Inference) -> bytes:
    """Integers as tensors; the metadata says what they mean."""
    tensors: dict[str, NDArray[Any]] = {}
    for index, layer in enumerate(inference.layers):
        arrays: dict[str, NDArray[Any]] = {"weight": layer.weight}
        if layer.normalisation:
            arrays["normalisation_shift"] = layer.normalisation.scale.astype(np.int8)
            arrays["normalisation_mean"] = layer.normalisation.mean.astype(np.int32)
        if layer.vote:
            arrays["basis"] = layer.vote.basis.astype(np.int8)
            if layer.vote.modulation.size:
                arrays["modulation"] = layer.vote.modulation.astype(np.int16)
        tensors |= {f"layers.{index}.{k}": np.ascontiguousarray(v) for k, v in arrays.items()}
    return save(tensors, _metadata(inference))


def _metadata(inference: Inference) -> dict[str, str]:
    return {"format": f"lls-hw {VERSION} inference", "meaning": json.dumps(notes_of(inference))}


def _onnx(inference: Inference) -> bytes:
    from lls_hw.export.onnx_model import onnx_model

    return onnx_model(inference, _metadata(inference)).SerializeToString()


def _c_header(inference: Inference) -> bytes:
    network = inference.network
    channels, height, width = network.input
    notice = (
        f"Network {network.name!r}, exported by lls-hw {VERSION}: inference in integers, in C99 "
        "without a library, equal to the engine's to the last bit. int lls_predict(const uint8_t "
        f"*image, uint16_t *scores) gives the class of an image of {height} x {width} pixels of "
        f"{channels} values."
    )
    return c_header(inference, notice).encode()


SUFFIXES: dict[str, Callable[[Inference], bytes]] = {
    ".safetensors": _safetensors,
    ".onnx": _onnx,
    ".h": _c_header,
}
"""What writes each kind of file."""
