"""What a run was made with: settings, layers, command, versions."""

from dataclasses import asdict

from lls_hw.driver.connection import Statistics
from lls_hw.program.page import layer_table
from lls_hw.session.model import Model
from lls_hw.tools.html import code, pairs, section
from lls_hw.tools.results import versions

__all__ = ["settings_sections"]


def settings_sections(model: Model, command: str | None, link: Statistics | None) -> list[str]:
    """Settings, layers, what passed over the link, command and versions."""
    board, network, config = model.board, model.network, model.board.config
    training = asdict(network.training) | {"batch": model.batch}
    settings: dict[str, object] = {
        "device": f"{board.url} ({board.kind})",
        "array": f"{config.rows} × {config.cols}" if config else "none, the golden model alone",
        "network": network.name,
        "seed": model.seed,
        "epochs": model.epochs,
        **{name: model.meta[name] for name in ("data", "images", "schedule") if name in model.meta},
        **{name: _value(value) for name, value in training.items() if name != "schedule"},
        **{
            name: _value(getattr(network, name))
            for name in ("basis", "offset", "normalise", "predict")
        },
        "stored images": f"{model.stored:,}" if model.stored else "none",
        "compared with the golden model": "yes, equal" if model.verify else "no",
    }
    passed = asdict(link) if link else {}
    counted = {name.replace("_", " "): f"{value:,}" for name, value in passed.items()}
    return [
        section("Settings", pairs({name.replace("_", " "): v for name, v in settings.items()})),
        section("Layers", layer_table(network)),
        section("Link", pairs(counted)) if counted else "",
        section("Command", code(command)) if command else "",
        section("Versions", pairs(versions())),
    ]


def _value(value: object) -> object:
    """A setting as one says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
