"""Engines by name: a preset, a TOML file of one's own, or the design.json of a build."""

import json
import re
import tomllib
from dataclasses import MISSING, asdict, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lls_hw.contract.config import PRESETS, Config, ConfigError, preset

__all__ = ["FILES", "EngineFile", "engine_text", "load_engine", "named_engine"]

_BASE = "preset"
"""Key of an engine file that names the preset from which it differs."""
FILES = (".toml", ".json")
"""How their names end."""
_KEYS = tuple(item.name for item in fields(Config))


@dataclass(frozen=True)
class EngineFile:
    """An engine and what it is called."""

    name: str
    """In titles and names of folders: of the preset, or of the file."""
    config: Config


def load_engine(name_or_path: str | Path) -> Config:
    """The engine of a preset's name, a .toml file or a design.json; ConfigError says what is wrong.

    A TOML file has `preset = "NAME"` and the fields that differ from it, or all fields that have no
    default. The fields are those of `Config`.
    """
    return named_engine(name_or_path).config


def named_engine(name_or_path: str | Path) -> EngineFile:
    """As `load_engine`, with a name."""
    text = str(name_or_path)
    if text in PRESETS:
        return EngineFile(text, PRESETS[text])
    path = Path(text)
    if path.suffix not in FILES:
        raise ConfigError(
            f"There is no preset {text!r}; the presets are {', '.join(PRESETS)}. A file of an "
            "engine ends in .toml, or is the design.json of a build."
        )
    try:
        content = path.read_text()
        table = tomllib.loads(content) if path.suffix == ".toml" else json.loads(content)
    except OSError as error:
        raise ConfigError(
            f"The engine file {path} cannot be read ({error.strerror}); check its name."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The engine file {path} is not text; give a TOML file.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The engine file {path} is not valid: {error}.") from error
    try:
        if path.suffix == ".json":
            return _of_design(table)
        return EngineFile(_safe(path.stem), _of_table(table))
    except ConfigError as error:
        raise ConfigError(f"The engine file {path}: {error}") from error


def engine_text(config: Config) -> str:
    """The content of a TOML file that `load_engine` reads as this engine: what differs from the
    preset that is nearest to it."""
    near = min(PRESETS, key=lambda name: len(_differences(config, PRESETS[name])))
    lines = [f'{_BASE} = "{near}"']
    for name, value in _differences(config, PRESETS[near]).items():
        lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _differences(config: Config, other: Config) -> dict[str, Any]:
    """Fields with another value, by name."""
    theirs = asdict(other)
    return {name: value for name, value in asdict(config).items() if value != theirs[name]}


def _of_design(table: object) -> EngineFile:
    """The engine that a build writes down."""
    found = table if isinstance(table, dict) else {}
    sizes, name = found.get("configuration"), found.get(_BASE)
    if not isinstance(sizes, dict) or not isinstance(name, str):
        raise ConfigError("It is no design.json of a build; give one, or a TOML file.")
    return EngineFile(_safe(name), _of_table(sizes))


def _of_table(table: dict[str, Any]) -> Config:
    """The fields of an engine, with the preset that they change, if any."""
    sizes = dict(table)
    base = sizes.pop(_BASE, None)
    for name in sizes:
        if name not in _KEYS:
            near = get_close_matches(name, _KEYS, 1)
            meant = f"did you mean {near[0]}?" if near else f"its fields are {', '.join(_KEYS)}."
            raise ConfigError(f"An engine has no field {name!r}; {meant}")
    if base is not None:
        if not isinstance(base, str):
            raise ConfigError(f"{_BASE} is {base!r}; it must be one of {', '.join(PRESETS)}.")
        return replace(preset(base), **sizes)
    needed = [item.name for item in fields(Config) if item.default is MISSING]
    missing = [name for name in needed if name not in sizes]
    if missing:
        raise ConfigError(
            f"It has no {' and no '.join(missing)}; add {' and '.join(missing)}, or "
            f'{_BASE} = "small" for all that is not named.'
        )
    return Config(**sizes)


def _safe(name: str) -> str:
    """A name without what file names and tables could take for something else."""
    return re.sub(r"[^\w.-]+", "-", name)
