"""How weights, inputs and basis vectors lie in the engine's memories."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.channels import CHANNEL, CHANNEL_ELEMENTS, ChannelField
from lls_hw.contract.config import Config

__all__ = [
    "pack_basis", "pack_channels", "pack_inputs", "pack_weights", "unpack_channels",
    "unpack_weights",
]  # fmt: skip


_Number = TypeVar("_Number", bound=np.signedinteger[Any])


def pack_weights(
    config: Config, weights: NDArray[_Number], taps: int, in_tiles: int, out_tiles: int
) -> NDArray[_Number]:
    """Elements of `Space.WEIGHT` of one layer, (taps * C_in, C_out), channels padded with zeros.

    Order: output tile, tap, input tile, row, column. Velocities lie like weights.
    """
    fan_in, fan_out = weights.shape
    padded = np.zeros((taps, in_tiles * config.rows, out_tiles * config.cols), weights.dtype)
    padded[:, : fan_in // taps, :fan_out] = weights.reshape(taps, fan_in // taps, fan_out)
    tiles = padded.reshape(taps, in_tiles, config.rows, out_tiles, config.cols)
    return np.ascontiguousarray(tiles.transpose(3, 0, 1, 2, 4)).reshape(-1)


def unpack_weights(
    config: Config,
    elements: NDArray[_Number],
    fan_in: int,
    fan_out: int,
    taps: int,
    in_tiles: int,
    out_tiles: int,
) -> NDArray[_Number]:
    """Inverse of `pack_weights`; ValueError if padding is not zero any more."""
    tiles = elements.reshape(out_tiles, taps, in_tiles, config.rows, config.cols)
    padded = tiles.transpose(1, 2, 3, 0, 4).reshape(
        taps, in_tiles * config.rows, out_tiles * config.cols
    )
    channels = fan_in // taps
    if padded[:, channels:].any() or padded[..., fan_out:].any():
        raise ValueError("The padding of the weights is not zero: the board's memory is corrupt.")
    return np.ascontiguousarray(padded[:, :channels, :fan_out].reshape(fan_in, fan_out))


def pack_inputs(config: Config, inputs: NDArray[np.int8], channels: int) -> NDArray[np.int8]:
    """Elements of `Space.ACT` of a batch (N, I): every pixel padded with zeros to words."""
    pixels = inputs.reshape(-1, channels)
    padded = np.zeros((len(pixels), -(-channels // config.act_word) * config.act_word), np.int8)
    padded[:, :channels] = pixels
    return padded.reshape(-1)


def pack_basis(config: Config, basis: NDArray[np.int8], stride: int) -> NDArray[np.uint32]:
    """Elements of `Space.BASIS`: word g * stride + t holds entry t of classes g * lanes + lane.

    `basis` is (K, at least stride); entries are two's complement, `basis_bits` each. A word is
    `basis_parts` elements.
    """
    lanes, bits, parts = config.lanes, config.basis_bits, config.basis_parts
    groups = -(-basis.shape[0] // lanes)
    padded = np.zeros((groups * lanes, stride), np.uint32)
    padded[: basis.shape[0]] = basis[:, :stride].astype(np.int64) & (1 << bits) - 1
    shifts = np.arange(lanes // parts, dtype=np.uint32)[:, None] * bits
    entries = padded.reshape(groups, parts, lanes // parts, stride)
    elements = np.bitwise_or.reduce(entries << shifts, axis=2)
    return np.ascontiguousarray(elements.transpose(0, 2, 1), np.uint32).reshape(-1)


def pack_channels(state: NDArray[np.int32], words: int) -> NDArray[np.uint32]:
    """Elements of `Space.CHANNEL` of one layer, whose state is (channels, len(ChannelField)).

    States of padding are zero. ValueError when a value does not fit its field.
    """
    elements = np.zeros((words, CHANNEL_ELEMENTS), np.uint32)
    for channel, values in enumerate(state.tolist()):
        for k, layout in enumerate(CHANNEL):
            named = {name: values[ChannelField[name.upper()]] for name in layout}
            elements[channel, k] = layout.pack(**named)
    return elements.reshape(-1)


def unpack_channels(elements: NDArray[np.uint32], channels: int) -> NDArray[np.int32]:
    """Inverse of `pack_channels`."""
    words = elements.reshape(-1, CHANNEL_ELEMENTS)[:channels].astype(np.int64)
    state = np.zeros((channels, len(ChannelField)), np.int32)
    for k, layout in enumerate(CHANNEL):
        for name, values in layout.unpack(words[:, k]).items():
            state[:, ChannelField[name.upper()]] = values
    return state
