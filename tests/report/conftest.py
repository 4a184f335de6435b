"""The images, networks and boards of the session's tests."""

from tests.session.conftest import data, golden, network, simulated

__all__ = ["data", "golden", "network", "simulated"]
