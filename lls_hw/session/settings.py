"""What a checkpoint says of its run, and whether another run may continue from it."""

from pathlib import Path

from lls_hw.driver.checkpoint import DEFINITION, CheckpointError, TrainingState
from lls_hw.network.file import table_of
from lls_hw.network.network import Network

__all__ = ["check_resumable", "epochs_of", "settings_of"]

UNRECORDED: dict[str, object] = {"normalise": False, "step": "layer", "schedule": "epochs"}
"""Settings of checkpoints that do not record them: they were made before there was a choice."""


def settings_of(network: Network, batch: int, seed: int) -> dict[str, object]:
    """Settings of training that checkpoints record."""
    return {
        "network": network.name,
        "layers": [layer.outputs for layer in network.layers],
        "basis": network.basis,
        "modulations": [layer.modulation for layer in network.layers],
        "momentum_shift": network.training.momentum_shift,
        "normalise": network.normalise,
        "step": network.training.step,
        "batch": batch,
        "seed": seed,
        DEFINITION: table_of(network),
    }


def check_resumable(path: Path, state: TrainingState, settings: dict[str, object]) -> None:
    """CheckpointError that names the first setting in which the checkpoint differs.

    The network's own settings may have changed, as far as none of the others tells.
    """
    for key, value in settings.items():
        made_with = state.meta.get(key, UNRECORDED.get(key))
        if key != DEFINITION and made_with != value:
            raise CheckpointError(
                f"The checkpoint {path} was made with {key} {made_with!r}, not {value!r}; "
                "use the same settings or another checkpoint."
            )


def epochs_of(state: TrainingState) -> int:
    """Epochs trained so far; checkpoints of before say it by their step."""
    images, batch = state.meta.get("images"), state.meta.get("batch")
    found = state.meta.get("epochs")
    if isinstance(found, int):
        return found
    if isinstance(images, int) and isinstance(batch, int) and images >= batch > 0:
        return state.step // (images // batch)
    return 0
