"""A checkpoint that a command line uses, checked before a board is opened."""

import argparse
from pathlib import Path
from typing import NamedTuple

from lls_hw.datasets.labels import as_class_names
from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.network.file import load_network
from lls_hw.network.network import Network
from lls_hw.program.compiler import compile_network
from lls_hw.session.board import engine_at

__all__ = ["Trained", "add_checkpoint_argument"]


class Trained(NamedTuple):
    """The network of a checkpoint, and names of its classes, if it has any."""

    network: Network
    class_names: tuple[str, ...]

    @classmethod
    def of(
        cls, path: Path, network: str | None, device: str, engine: str | None = None
    ) -> "Trained":
        """From a checkpoint; a network is needed only where the checkpoint does not hold it.

        CheckpointError if it cannot be read; FitError if the network does not fit the device.
        """
        state = load_checkpoint(path)
        found = network_for(path, state, load_network(network) if network else None)
        config, batch = engine_at(device, engine), state.meta.get("batch", found.training.batch)
        if config is not None:
            assert isinstance(batch, int)
            compile_network(found, config, batch)
        return cls(found, as_class_names(state.meta.get("class_names")))


def add_checkpoint_argument(parser: argparse.ArgumentParser) -> None:
    """Adds --checkpoint, which must be given."""
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        metavar="F",
        help="the training state that `train --checkpoint F` has saved",
    )
