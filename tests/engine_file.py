"""Simulated boards of an engine that is no preset."""

import json
from pathlib import Path

from lls_hw.contract.config import Config


def address_of(config: Config, folder: Path) -> str:
    """Address of a simulated board; its engine is a file in the folder."""
    path = folder / "engine.toml"
    path.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in config.as_dict().items()))
    return f"sim:{path}"
