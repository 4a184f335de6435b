"""The state in which training starts."""

from lls_hw.driver.checkpoint import TrainingState
from lls_hw.network.initial import (
    initial_channels,
    initial_modulations,
    initial_shifts,
    initial_weights,
)
from lls_hw.network.network import Network

__all__ = ["initial_state"]


def initial_state(network: Network, batch: int, seed: int, step: int = 0) -> TrainingState:
    """Weights of the seed, and everything else as training with that batch size starts."""
    return TrainingState(
        initial_weights(network, seed),
        initial_shifts(network),
        step,
        modulations=initial_modulations(network),
        channels=initial_channels(network, batch),
    )
