"""Schedule-free AdamW, one optimiser for each block, as published; `schedulefree` computes it.

This is the variant of the method's paper, which the LLS code uses too: the rate of step t is
rate * sqrt(1 - beta2**t), and the average weights z by its square. The package's default class
corrects the running square instead and weights all steps equally, so that the first, worst iterates
stay in the average for longer.
"""

from typing import Any

from schedulefree import AdamWScheduleFreePaper
from torch import Tensor

from lls_hw.paper.cells import LEARNING_RATE

__all__ = ["Optimisers"]

_COUNTERS = ("k", "weight_sum", "lr_max")
_MEMORY = ("z", "exp_avg_sq")


class Optimisers:
    """Betas 0.9 and 0.999, epsilon 1e-8, no weight decay, no warm-up.

    Tensors hold the point y at which gradients are computed. `evaluate` replaces it by the average
    x, `train` restores y.
    """

    def __init__(self, groups: list[dict[str, Tensor]], rate: float = LEARNING_RATE) -> None:
        self.groups = groups
        self.optimisers = [
            AdamWScheduleFreePaper(list(group.values()), lr=rate) for group in groups
        ]
        self.train()

    def step(self, index: int) -> None:
        """Updates one group from its tensors' `grad`."""
        self.optimisers[index].step()

    def train(self) -> None:
        """Makes the tensors y."""
        for optimiser in self.optimisers:
            optimiser.train()

    def evaluate(self) -> None:
        """Makes the tensors x."""
        for optimiser in self.optimisers:
            optimiser.eval()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """State of all tensors, and counters, to continue training; in mode `train`."""
        tensors: dict[str, Tensor] = {}
        for index, (group, optimiser) in enumerate(zip(self.groups, self.optimisers, strict=True)):
            for name, tensor in group.items():
                for kind in _MEMORY:
                    if kind in optimiser.state[tensor]:
                        tensors[f"{kind}.{index}.{name}"] = optimiser.state[tensor][kind]
        counters = self.optimisers[0].param_groups[0]
        return tensors, {name: counters[name] for name in _COUNTERS}

    def load(self, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
        """Restores what `state` returned."""
        for index, (group, optimiser) in enumerate(zip(self.groups, self.optimisers, strict=True)):
            optimiser.param_groups[0].update(counters)
            for name, tensor in group.items():
                for kind in _MEMORY:
                    kept = tensors.get(f"{kind}.{index}.{name}")
                    if kept is not None:
                        optimiser.state[tensor][kind] = kept.to(tensor.device).clone()
