"""A trained network as a PyTorch module: the engine's inference, exact."""

from typing import Any

import torch
from torch import Tensor, nn

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.errors import LlsError
from lls_hw.export.inference import Inference, Layer
from lls_hw.golden import integer
from lls_hw.golden.maps import average, cell_sums, max_pool, patches
from lls_hw.golden.modulation import modulated_exponents
from lls_hw.golden.normalisation import normalise, wide_activation, wide_average

__all__ = ["TorchModel"]

_AT_ONCE = 100
"""Images that are inferred together: their patches stay small."""
_KINDS = (torch.uint8, torch.int16, torch.int32, torch.int64)
_WHITE = 255


class TorchModel(nn.Module):
    """Inference of a network in the engine's integers: the same predictions and scores.

    Called with images it returns the scores: the classifier's probabilities (N, K), exact multiples
    of 2**-15 in float64. `predict` returns the classes (N,) int64. They may differ from those of
    the largest scores in near ties, and with votes.

    Images are tensors (N, C, H, W), or (N, H, W) of one channel, or flat (N, I) if the network's
    input is a vector or has one channel: whole numbers 0..255, or floats 0..1, which are rounded to
    the nearest of 255 steps. LlsError for others.

    Weights, shifts and means are integers in buffers, so `state_dict` and `to("cuda")` work as
    usual. There are no parameters, and no gradient passes.
    """

    def __init__(self, inference: Inference) -> None:
        super().__init__()
        self.network = inference.network
        self.layers = nn.ModuleList(_Layer(layer) for layer in inference.layers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, K) of images."""
        return self.infer(images)[0]

    def predict(self, images: Tensor) -> Tensor:
        """The predicted class of each image (N,)."""
        return self.infer(images)[1]

    @torch.no_grad()
    def infer(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (N, K) and predicted classes (N,)."""
        parts = [self._infer(part) for part in self._pixels(images).split(_AT_ONCE)]
        scores, classes = (torch.cat(each) for each in zip(*parts, strict=True))
        return scores.double() / f.ONE, classes

    def _infer(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in units of 2**-15 and classes of a part of the images."""
        maps = pixels.permute(0, 2, 3, 1)
        x = ((maps + 1) >> 1).clamp(max=f.ACT_MAX) - self.network.offset
        exponents = torch.zeros((), dtype=torch.int64, device=x.device)
        for layer in self.layers:
            x, own = layer(x)
            exponents = exponents + own
        return x, integer.first_largest(exponents)

    def _pixels(self, images: Tensor) -> Tensor:
        """Pixels 0..255 (N, C, H, W), int64."""
        images = torch.as_tensor(images)
        shape = self.network.input
        one = shape[0] == 1 or max(shape) == self.network.inputs
        fits = images.shape[1:] == shape or (
            one and images.shape[1:] in ((self.network.inputs,), shape[1:])
        )
        if not fits or not len(images):
            raise LlsError(
                f"The images have the shape {tuple(images.shape)}; network {self.network.name!r} "
                f"takes (N, {', '.join(map(str, shape))})."
            )
        whole = images.reshape(-1, *shape)
        if images.is_floating_point():
            whole = torch.round(whole * _WHITE)
        elif images.dtype not in _KINDS:
            raise LlsError(f"The images are {images.dtype}; give uint8, or floats from 0 to 1.")
        low, high = whole.min().item(), whole.max().item()
        if not 0 <= low <= high <= _WHITE:
            raise LlsError(
                f"The images have pixels from {low:g} to {high:g} of {_WHITE}; give whole numbers "
                "from 0 to 255, or floats from 0 to 1."
            )
        return whole.long()


class _Layer(nn.Module):
    """A block or the classifier."""

    weight: Tensor
    shift: Tensor
    scale: Tensor
    mean: Tensor
    basis: Tensor
    modulation: Tensor

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        arrays: dict[str, Any] = {"weight": layer.weight, "shift": layer.shift}
        if layer.normalisation:
            arrays |= {"scale": layer.normalisation.scale, "mean": layer.normalisation.mean}
        if layer.vote:
            arrays |= {"basis": layer.vote.basis, "modulation": layer.vote.modulation}
        for name, values in arrays.items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.int64))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | int]:
        """Outputs of maps (N, H, W, C), and exponents (N, K) that add to the decision; 0 for none.

        The classifier's outputs are the scores.
        """
        z = integer.forward(patches(self._map(x), self.layer.shape), self.weight)
        return self._scores(z) if self.layer.classifier else self._block(z, len(x))

    def extra_repr(self) -> str:
        """Sizes, as print shows them."""
        shape = self.layer.shape
        kernel = f"{shape.kernel_height} x {shape.kernel_width}"
        return f"{shape.in_channels}, {shape.channels}, kernel {kernel}, {self.layer.follows}"

    def _map(self, x: Tensor) -> Tensor:
        shape = self.layer.shape
        return x.reshape(-1, shape.in_height, shape.in_width, shape.in_channels)

    def _scores(self, z: Tensor) -> tuple[Tensor, Tensor]:
        labels = torch.zeros(len(z), dtype=torch.int64, device=z.device)
        error, *_ = integer.classifier_error(z, self.layer.shift, labels)
        scores = error + integer.one_hot(labels, z.shape[1]) * f.ONE
        return scores, integer.classifier_exponents(z, self.layer.shift)

    def _block(self, z: Tensor, count: int) -> tuple[Tensor, Tensor | int]:
        shape, shift = self.layer.shape, self.shift
        size = count, shape.height, shape.width, shape.channels
        h = integer.activation(z, shift)[0].reshape(size)
        u = cell_sums(h, shape.cells)
        exponents = self._exponents(u) if self.layer.vote else 0
        if self.layer.normalisation is None:
            handed_on = average(u, shape) if shape.average else h
        else:
            wide = wide_activation(z, shift).reshape(size)
            if shape.average:
                grid = count, shape.cells, shape.cells, shape.channels
                wide = wide_average(u, shape.average_shift).reshape(grid)
            handed_on = normalise(wide, self.scale, self.mean << c.FRACTION - 1)
        return max_pool(handed_on) if shape.pool else handed_on, exponents

    def _exponents(self, u: Tensor) -> Tensor:
        """Of the block's own scores."""
        vote = self.layer.vote
        assert vote
        block = u, self.basis, vote.temperature_shift
        if len(self.modulation):
            return modulated_exponents(*block, self.modulation, vote.basis_shift)
        return integer.block_exponents(*block, vote.basis_shift)
