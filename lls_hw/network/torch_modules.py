"""What single PyTorch modules are for the engine; NetworkError names a module that it lacks.

Modules are known by the names of their classes: this needs no PyTorch.
"""

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.network.checks import NetworkError
from lls_hw.network.layers import Conv, Dense

__all__ = [
    "Weights", "average_cells", "check_flatten", "check_max_pool", "check_slope", "conv_of",
    "dense_of", "kind_of", "normalisation_of", "reason_against", "refuse",
]  # fmt: skip

Weights = NDArray[np.float64]
SLOPE = 2.0**-f.SLOPE_SHIFT
CELLS = (1, 2, 4)
_ACTIVATION = f"the engine's activation is LeakyReLU({SLOPE}); use it and train again"
_REASONS = {
    **dict.fromkeys(
        ("ReLU", "ReLU6", "PReLU", "ELU", "GELU", "SiLU", "Sigmoid", "Tanh", "Hardtanh", "Mish",
         "Hardswish", "Softplus", "SELU", "CELU"), _ACTIVATION
    ),
    **dict.fromkeys(
        ("LayerNorm", "GroupNorm", "InstanceNorm2d", "LocalResponseNorm", "RMSNorm"),
        "the engine normalises channels over batches; use BatchNorm2d after the activation",
    ),
    **dict.fromkeys(
        ("LazyConv2d", "LazyLinear", "LazyBatchNorm1d", "LazyBatchNorm2d"),
        "its sizes are not known yet; call the module with an image first",
    ),
}  # fmt: skip


def kind_of(module: Any) -> str:
    """Name of a module of PyTorch itself; subclasses may compute anything."""
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules.") else ""


def refuse(where: str, reason: str) -> NoReturn:
    """NetworkError for the module at `where`."""
    raise NetworkError(f"{where}: {reason}.")


def reason_against(module: Any) -> str:
    """Why the engine does not have a module."""
    usual = (
        "the engine has Conv2d, Linear, LeakyReLU, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, "
        "BatchNorm1d, BatchNorm2d and Flatten"
    )
    return _REASONS.get(kind_of(module), usual)


def _pair(value: Any) -> tuple[Any, Any]:
    """Both directions of a size."""
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


def _numbers(where: str, tensor: Any, what: str) -> Weights:
    """Values of a tensor, wherever it lies."""
    if not tensor.is_floating_point():
        refuse(where, f"its {what} are {tensor.dtype}; give floating-point numbers")
    values: Weights = tensor.detach().cpu().double().numpy()
    if not np.isfinite(values).all():
        refuse(where, f"its {what} are not all finite; train with a lower learning rate")
    return values


def _check_bias(where: str, module: Any) -> None:
    if module.bias is not None:
        refuse(where, "it has a bias, which the engine does not have; train with bias=False")


def conv_of(where: str, module: Any) -> tuple[Conv, Weights]:
    """A convolution and its weights (fan_in, fan_out)."""
    kernel, stride = _pair(module.kernel_size), _pair(module.stride)
    if kernel not in ((1, 1), (3, 3)):
        refuse(where, f"its kernel is {kernel[0]} x {kernel[1]}; the engine has 3 x 3 and 1 x 1")
    if stride not in ((1, 1), (2, 2)):
        refuse(where, f"its stride is {module.stride}; the engine has 1 and 2")
    if _pair(module.dilation) != (1, 1):
        refuse(where, f"its dilation is {module.dilation}; the engine has none")
    if module.groups != 1:
        refuse(where, f"it has {module.groups} groups; the engine has dense convolutions alone")
    padding = kernel[0] // 2
    named = {"valid": 0, "same": padding}
    given = module.padding
    if _pair(named[given] if isinstance(given, str) else given) != (padding, padding):
        refuse(
            where,
            f"its padding is {given!r}; with a kernel of {kernel[0]} x {kernel[1]} the engine's is "
            f"{padding}",
        )
    if module.padding_mode != "zeros" and padding:
        refuse(where, f"its padding_mode is {module.padding_mode!r}; the engine pads with zeros")
    _check_bias(where, module)
    weight = _numbers(where, module.weight, "weights").transpose(2, 3, 1, 0)
    layer = Conv(outputs=module.out_channels, kernel=kernel[0], stride=stride[0], cells=1)
    return layer, weight.reshape(-1, module.out_channels)


def dense_of(where: str, module: Any, shape: tuple[int, ...]) -> tuple[Dense, Weights]:
    """A fully connected layer on a map (C, H, W) and its weights (fan_in, fan_out).

    PyTorch flattens channels, rows, columns; the engine has channels innermost.
    """
    _check_bias(where, module)
    weight = _numbers(where, module.weight, "weights").reshape(-1, *shape).transpose(2, 3, 1, 0)
    return Dense(module.out_features), weight.reshape(-1, module.out_features)


def check_slope(where: str, module: Any) -> None:
    """The engine's LeakyReLU has one slope."""
    if module.negative_slope != SLOPE:
        refuse(where, f"its slope is {module.negative_slope}; {_ACTIVATION}")


def check_flatten(where: str, module: Any) -> None:
    """All of an image becomes one vector."""
    if (module.start_dim, module.end_dim) != (1, -1):
        refuse(
            where,
            f"it flattens dimensions {module.start_dim} to {module.end_dim}; the engine has "
            "nn.Flatten() alone",
        )


def check_max_pool(where: str, module: Any) -> None:
    """Max pooling is that of 2 x 2 pixels."""
    said = {
        "kernel_size": (_pair(module.kernel_size), (2, 2)),
        "stride": (_pair(module.stride), (2, 2)),
        "padding": (_pair(module.padding), (0, 0)),
        "dilation": (_pair(module.dilation), (1, 1)),
        "ceil_mode": (module.ceil_mode, False),
    }
    for name, (value, own) in said.items():
        if value != own:
            refuse(where, f"its {name} is {getattr(module, name)}; the engine has MaxPool2d(2)")


def average_cells(where: str, module: Any, height: int, width: int) -> int:
    """Averages in each direction that are left of a map."""
    if kind_of(module) == "AdaptiveAvgPool2d":
        wanted = _pair(module.output_size)
        cells = tuple(
            size if n is None else n for n, size in zip(wanted, (height, width), strict=True)
        )
    else:
        kernel = _pair(module.kernel_size)
        plain = _pair(module.padding) == (0, 0) and _pair(module.stride) == kernel
        if not plain or module.ceil_mode or module.divisor_override:
            refuse(
                where, "it has a stride, padding or divisor; the engine's averages share no pixel"
            )
        cells = height // kernel[0], width // kernel[1]
        if (cells[0] * kernel[0], cells[1] * kernel[1]) != (height, width):
            refuse(
                where,
                f"averages of {kernel[0]} x {kernel[1]} do not divide a map of {height} x {width} "
                "pixels; the engine's cover it without overlap",
            )
    if cells[0] != cells[1] or cells[0] not in CELLS:
        refuse(
            where,
            f"it leaves {cells[0]} x {cells[1]} averages of a map of {height} x {width} pixels; "
            "the engine has 1 x 1, 2 x 2 and 4 x 4",
        )
    if height % cells[0] or width % cells[1]:
        refuse(
            where,
            f"a map of {height} x {width} pixels is not divided evenly into {cells[0]} x "
            f"{cells[0]}; PyTorch counts pixels twice there, the engine does not",
        )
    return int(cells[0])


def normalisation_of(where: str, module: Any) -> tuple[Weights, Weights]:
    """Gain and shift of each channel of a batch normalisation in evaluation."""
    if module.running_mean is None:
        refuse(where, "it keeps no running statistics; use track_running_stats=True")
    mean, variance = (
        _numbers(where, t, "statistics") for t in (module.running_mean, module.running_var)
    )
    gain = 1 / np.sqrt(variance + module.eps)
    if module.weight is None:
        return gain, -mean * gain
    gain = gain * _numbers(where, module.weight, "weights")
    if not gain.all():
        refuse(where, "a channel has the weight 0; take the channel out")
    return gain, _numbers(where, module.bias, "biases") - mean * gain
