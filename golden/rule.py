"""The LLS rule in floating point with gradients by hand, which the integers approximate.

Blocks are the engine's: no bias, no BatchNorm, LeakyReLU 1/8; a fully connected layer is a kernel
of the whole map. A block's input counts as constant, so no gradient leaves the block. Shapes: N
samples, I inputs of an output, O outputs, d latents, K classes; P pixels in all samples.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.contract.formats import SLOPE_SHIFT
from lls_hw.golden.integer import one_hot
from lls_hw.golden.maps import cell_sums, from_cells, patches
from lls_hw.network.geometry import LayerShape

__all__ = [
    "SLOPE", "LayerGradient", "block", "block_gradient", "classifier_gradient", "local_error",
    "softmax_loss",
]  # fmt: skip

SLOPE = 2.0**-SLOPE_SHIFT


@dataclass(frozen=True)
class LayerGradient:
    """Results of one layer for a batch."""

    output: Tensor
    """(N, H, W, O) activations before pooling, or the classifier's logits (N, K)."""
    loss: Tensor
    """(N,) loss of each sample."""
    error: Tensor
    """Gradient of each sample's loss with respect to the latents (N, d) or the logits (N, K)."""
    weight: Tensor
    """(I, O) gradient of the mean loss with respect to the weights."""


def block(x: Tensor, w: Tensor, shape: LayerShape) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs of each pixel (P, I), activations (N, H, W, O) and their derivative (P, O)."""
    seen = patches(x.reshape(-1, shape.in_height, shape.in_width, shape.in_channels), shape)
    z = seen @ w
    derivative = torch.where(z < 0, SLOPE, 1.0).to(z.dtype)
    h = (z * derivative).reshape(-1, shape.height, shape.width, shape.channels)
    return seen, h, derivative


def softmax_loss(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy (N,) of scores (N, K), and its gradient softmax - onehot (N, K)."""
    log_p = scores - scores.logsumexp(dim=1, keepdim=True)
    own = labels[:, None]
    return -log_p.gather(1, own)[:, 0], log_p.exp() - one_hot(labels, scores.shape[1])


def local_error(
    u: Tensor, labels: Tensor, basis: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Local loss (N,) of latents u (N, d) and its gradient (N, d).

    The scores are those of the normalised latent with the basis (K, d). A zero latent has no
    direction and gets no gradient.
    """
    norm = u.norm(dim=1, keepdim=True)
    inverse = torch.where(norm > 0, 1 / norm, 0.0)
    unit = u * inverse
    loss, e = softmax_loss(unit @ basis.T / temperature, labels)
    g = e @ basis / temperature
    along = (unit * g).sum(dim=1, keepdim=True)
    return loss, (g - unit * along) * inverse


def block_gradient(
    x: Tensor, w: Tensor, shape: LayerShape, labels: Tensor, basis: Tensor, temperature: float
) -> LayerGradient:
    """An LLS block: x (N, ...) in the order rows, columns, channels; w (I, O), basis (K, d)."""
    seen, h, derivative = block(x, w, shape)
    loss, error = local_error(cell_sums(h, shape.cells), labels, basis, temperature)
    return LayerGradient(h, loss, error, seen.T @ (from_cells(error, shape) * derivative) / len(h))


def classifier_gradient(x: Tensor, w: Tensor, labels: Tensor) -> LayerGradient:
    """The linear classifier: x (N, I), w (I, K)."""
    logits = x @ w
    loss, error = softmax_loss(logits, labels)
    return LayerGradient(logits, loss, error, x.T @ error / len(x))
