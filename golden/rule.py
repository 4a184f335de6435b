"""The LLS rule in floating point, gradients by hand: what the integer arithmetic approximates.

Fully connected blocks as the engine has them: no bias, no BatchNorm, LeakyReLU 1/8. A block's
input is a constant; no gradient leaves it. Shapes: N samples, I inputs, O outputs, K classes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.formats import SLOPE_SHIFT

__all__ = [
    "SLOPE", "LayerGradient", "block", "block_gradient", "classifier_gradient", "local_error",
    "softmax_loss",
]  # fmt: skip

SLOPE = 2.0**-SLOPE_SHIFT


@dataclass(frozen=True)
class LayerGradient:
    """What one layer computes of a batch."""

    output: Tensor
    """(N, O) activations, or the classifier's logits."""
    loss: Tensor
    """(N,) loss of each sample."""
    error: Tensor
    """(N, O) gradient of each sample's loss by the layer's output."""
    weight: Tensor
    """(I, O) gradient of the mean loss by the weights."""


def block(x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """LeakyReLU(x w) and its derivative, both (N, O)."""
    z = x @ w
    derivative = torch.where(z < 0, SLOPE, 1.0).to(z.dtype)
    return z * derivative, derivative


def softmax_loss(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy (N,) of scores (N, K), and its gradient softmax - onehot (N, K)."""
    log_p = scores - scores.logsumexp(dim=1, keepdim=True)
    error = log_p.exp()
    error[torch.arange(len(labels)), labels] -= 1
    return -log_p.gather(1, labels[:, None])[:, 0], error


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
    x: Tensor, w: Tensor, labels: Tensor, basis: Tensor, temperature: float
) -> LayerGradient:
    """An LLS block: x (N, I), w (I, O), basis (K, O)."""
    h, derivative = block(x, w)
    loss, error = local_error(h, labels, basis, temperature)
    return LayerGradient(h, loss, error, x.T @ (error * derivative) / len(x))


def classifier_gradient(x: Tensor, w: Tensor, labels: Tensor) -> LayerGradient:
    """The linear classifier: x (N, I), w (I, K)."""
    logits = x @ w
    loss, error = softmax_loss(logits, labels)
    return LayerGradient(logits, loss, error, x.T @ error / len(x))
