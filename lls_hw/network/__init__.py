"""Networks: what a user describes, and what the arithmetic makes of it."""

from lls_hw.network.file import load_network, network_names
from lls_hw.network.network import Conv, Dense, Network, NetworkError, Training

__all__ = [
    "Conv",
    "Dense",
    "Network",
    "NetworkError",
    "Training",
    "load_network",
    "network_names",
]
