"""What a network learns on the golden model, which all engines agree with to the last bit."""

from typing import Any

from lls_hw.datasets.base import Dataset
from lls_hw.errors import LlsError
from lls_hw.network.network import Network

__all__ = ["trained"]


def trained(network: Network, batch: int, data: Dataset, epochs: int, seed: int) -> dict[str, Any]:
    """The accuracy on the data's test images after some epochs, 0..1, as an outcome; an error is
    an outcome, too."""
    from lls_hw.session.board import Board
    from lls_hw.session.model import Model

    try:
        with Board("golden") as board:
            model = Model(board, network, seed=seed, batch=batch)
            model.fit(data.train_images, data.train_labels, epochs, channels="first")
            found = model.evaluate(data.test_images, data.test_labels, channels="first")
    except LlsError as error:
        return {"error": str(error), "final": False}
    return {"accuracy": found.accuracy, "network": network.name, "batch": batch, "epochs": epochs}
