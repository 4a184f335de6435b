"""Local losses of the paper, gradients by hand.

A head turns the latents u (N, d) of a block into scores, and the scores into a loss:

    v = u / |u|        or u itself, with a random or a trained basis
    s = v B'           (N, R), basis B (R, d)
    t = s              or m * s (LLS-M), or s M (LLS-MxM, M (R, K))
    loss = cross-entropy of t / T

All functions compute gradients of the mean loss.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.contract.basis import sine_basis, square_basis
from lls_hw.golden.rule import softmax_loss
from lls_hw.paper.networks import BlockPlan, Plan
from lls_hw.paper.pooling import average_matrix
from lls_hw.paper.rules import Basis, Modulation, Rule

__all__ = ["Head", "HeadGradient", "head_gradient", "local_head"]


@dataclass(frozen=True)
class HeadGradient:
    """Results of a head for a batch."""

    loss: Tensor
    """(N,) loss of each sample."""
    latents: Tensor
    """(N, d) gradient with respect to the latents."""
    basis: Tensor | None
    """(R, d) gradient with respect to the basis, if it is trained."""
    modulation: Tensor | None
    """(K,) or (R, K) gradient with respect to the modulation, if there is one."""


def head_gradient(
    u: Tensor,
    labels: Tensor,
    basis: Tensor,
    temperature: float,
    modulation: Tensor | None = None,
    normalised: bool = True,
    trained: bool = False,
) -> HeadGradient:
    """Loss and gradients. A zero latent has no direction, so its gradient is zero."""
    v, inverse = u, None
    if normalised:
        norm = u.norm(dim=1, keepdim=True)
        inverse = torch.where(norm > 0, 1 / norm, 0.0)
        v = u * inverse
    s = v @ basis.T
    loss, e = softmax_loss(_modulated(s, modulation) / temperature, labels)
    e = e / (temperature * len(u))
    modulation_gradient = None
    if modulation is not None:
        vector = modulation.dim() == 1
        modulation_gradient = (e * s).sum(dim=0) if vector else s.T @ e
        e = e * modulation if vector else e @ modulation.T
    g = e @ basis
    if inverse is not None:
        g = (g - v * (v * g).sum(dim=1, keepdim=True)) * inverse
    return HeadGradient(loss, g, e.T @ v if trained else None, modulation_gradient)


def _modulated(s: Tensor, modulation: Tensor | None) -> Tensor:
    if modulation is None:
        return s
    return s * modulation if modulation.dim() == 1 else s @ modulation


class Head:
    """Basis and trainable numbers of one block."""

    def __init__(
        self, rule: Rule, basis: Tensor, latents: int, temperature: float,
        modulation: Tensor | None,
    ) -> None:  # fmt: skip
        self.rule, self.basis, self.temperature = rule, basis, temperature
        self.modulation = modulation
        self.average: Tensor | None = None
        """(d, hidden): averages a random or trained basis to the length of the latents."""
        if basis.shape[1] != latents:
            self.average = average_matrix(basis.shape[1], latents, basis)

    @property
    def trained(self) -> bool:
        """Whether the basis is trained."""
        return self.rule.basis is Basis.TRAINED

    def parameters(self) -> dict[str, Tensor]:
        """Trainable tensors."""
        found = {"basis": self.basis} if self.trained else {}
        return found if self.modulation is None else {**found, "modulation": self.modulation}

    def error(self, u: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Loss (N,) and its gradient (N, d) for the latents; fills the parameters' `grad`."""
        basis = self.basis if self.average is None else self.basis @ self.average.T
        found = head_gradient(
            u, labels, basis, self.temperature, self.modulation, self.rule.normalised, self.trained
        )
        if found.basis is not None:
            average = self.average
            self.basis.grad = found.basis if average is None else found.basis @ average
        if self.modulation is not None:
            self.modulation.grad = found.modulation
        return found.loss, found.latents


def local_head(
    plan: Plan, block: BlockPlan, rule: Rule, temperature: float, generator: torch.Generator
) -> Head:
    """The head of a block before training. As published, random and trained bases are 0.1 randn and
    the modulation is 0.01 randn."""
    classes, latents = plan.classes, block.latents
    reduced = rule.modulation is Modulation.REDUCED
    rows = plan.network.reduced_rows if reduced else classes
    if rule.normalised:
        wave = sine_basis if rule.basis is Basis.COSINE else square_basis
        basis = torch.tensor(wave(rows, latents), dtype=torch.float64)
    else:
        hidden = plan.network.hidden or latents
        basis = 0.1 * torch.randn(rows, hidden, generator=generator).double()
    modulation = None
    if rule.modulation is not Modulation.NONE:
        vector = rule.modulation is Modulation.VECTOR
        size = (classes,) if vector else (rows, classes)
        modulation = 0.01 * torch.randn(size, generator=generator)
    return Head(rule, basis, latents, temperature, modulation)
