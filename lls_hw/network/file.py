"""Network descriptions as TOML files, of the package and of users, and as tables."""

import tomllib
from dataclasses import MISSING, asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from lls_hw.network.network import Conv, Dense, Network, NetworkError, Training
from lls_hw.tools.shown import shown

__all__ = ["load_network", "network_names", "network_of", "table_of"]

_DEPTHWISE = (
    "the array has no depthwise convolutions, which would use one multiplier of a column; use a "
    "dense 3 x 3 convolution"
)
UNSUPPORTED = {
    "depthwise": _DEPTHWISE,
    "groups": _DEPTHWISE,
}
"""Settings that users may expect, and why they do not exist."""

_DOTS = 2000
"""More are refused: the time that Python takes for a key grows as the square of its parts."""

_Settings = TypeVar("_Settings", Dense, Conv, Training)


def network_names() -> list[str]:
    """Names of the networks that come with the package."""
    folder = resources.files("lls_hw.network") / "library"
    return sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if ".toml" in e.name)


def load_network(name_or_path: str | Path) -> Network:
    """A network of the package, by name, or from a TOML file."""
    text_name = str(name_or_path)
    if text_name.replace("_", "-") in network_names():
        text_name = text_name.replace("_", "-")
        text = (resources.files("lls_hw.network") / "library" / f"{text_name}.toml").read_text()
        return _parse(text_name, text)
    path = Path(text_name)
    if path.suffix != ".toml" or "\0" in text_name:
        raise NetworkError(
            f"There is no network {text_name!r}; give the name of a .toml file or one of "
            f"{', '.join(network_names())}."
        )
    try:
        return _parse(path.stem, path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NetworkError(
            f"The network file {path} is not text in UTF-8; save it so, as TOML files must be."
        ) from error
    except OSError as error:
        raise NetworkError(
            f"The network file {path} cannot be read ({error.strerror}); check its name."
        ) from error


def _parse(name: str, text: str) -> Network:
    """Parses a TOML text; errors name the network."""
    if text.count(".") > _DOTS:
        raise NetworkError(
            f"Network {name!r} has {text.count('.'):,} dots; keys of so many parts are no network."
        )
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of digits and levels without end, as well
        raise NetworkError(f"Network {name!r} is not valid TOML: {error}.") from error
    return network_of(name, table)


def network_of(name: str, table: dict[str, Any]) -> Network:
    """The network that a table describes, as a TOML file has it; errors name the network."""
    try:
        _known(
            table,
            "a network",
            "input",
            "layers",
            "training",
            "basis",
            "offset",
            "normalise",
            "predict",
        )
        layers = _list(table, "layers")
        training = table.get("training", {})
        return Network(
            name,
            tuple(_list(table, "input")),
            tuple(_layer(f"layer {k + 1}", layer) for k, layer in enumerate(layers)),
            _table(Training, "training", training),
            table.get("basis", "square"),
            table.get("offset", 0),
            predict=table.get("predict", "classifier"),
            normalise=table.get("normalise", False),
        )
    except NetworkError as error:
        raise NetworkError(f"Network {name!r}: {error}") from error


def table_of(network: Network) -> dict[str, Any]:
    """The table from which `network_of` makes the network again; its values are those of JSON."""
    training = asdict(network.training)
    return {
        "input": list(network.input),
        "layers": [asdict(layer) for layer in network.layers],
        "training": training | {"lr_shifts": list(network.training.lr_shifts)},
        "basis": network.basis,
        "offset": network.offset,
        "normalise": network.normalise,
        "predict": network.predict,
    }


def _layer(where: str, table: object) -> Dense | Conv:
    """A layer with a kernel is a convolution; any other layer is fully connected."""
    if isinstance(table, dict) and "kernel" in table:
        return _table(Conv, where, table)
    return _table(Dense, where, table)


def _known(table: dict[str, Any], where: str, *names: str) -> None:
    for key in table:
        if key in UNSUPPORTED:
            raise NetworkError(f"{where} sets {key}: {UNSUPPORTED[key]}.")
        if key not in names:
            raise NetworkError(f"{where} has no setting {shown(key)}; it has {', '.join(names)}.")


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    if not isinstance(value, list):
        raise NetworkError(f"{key} is {shown(value)}; it must be a list.")
    return value


def _table(kind: type[_Settings], where: str, table: object) -> _Settings:
    """A dataclass from a TOML table; lists become tuples."""
    if not isinstance(table, dict):
        raise NetworkError(f"{where} is {shown(table)}; it must be a table.")
    _known(table, where, *(field.name for field in fields(kind)))
    for field in fields(kind):
        if field.default is MISSING and field.name not in table:
            raise NetworkError(f"{where} has no {field.name}; add {field.name} = a number.")
        if isinstance(field.default, tuple) and field.name in table:
            if not _list(table, field.name):
                raise NetworkError(f"{where}: {field.name} is empty; give at least one number.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    try:
        return kind(**values)
    except NetworkError as error:
        raise NetworkError(f"{where}: {error}") from error
