"""Networks and engines as text."""

from importlib import resources

from hypothesis import given
from hypothesis import strategies as st

from lls_hw.contract.config import Config
from lls_hw.contract.engine import engine_text, load_engine
from lls_hw.network.file import load_network, network_names, network_of, table_of
from lls_hw.network.network import Network
from tests.fuzz.damage import damaged
from tests.fuzz.outcome import result_of

TEXTS = [
    (resources.files("lls_hw.network") / "library" / f"{name}.toml").read_bytes()
    for name in network_names()
]
ENGINE = b'preset = "tiny"\nrows = 4\ncols = 8\nweight_depth = 4096\nmomentum = true\nlanes = 8\n'
WILD = st.one_of(
    st.integers(-(2**70), 2**70), st.sampled_from((0, 1, -1, 2, 255, 256, 65536)), st.floats(),
    st.booleans(), st.text(max_size=8), st.lists(st.integers(-3, 40), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.datetimes(),
)  # fmt: skip
"""Values that TOML can have."""
KEYS = sorted(
    {key for name in network_names() for key in table_of(load_network(name))} | {"training", "x"}
)
LAYER_KEYS = (
    "outputs", "kernel", "stride", "cells", "pool", "average", "headroom", "temperature_shift",
    "modulation", "groups", "depthwise",
)  # fmt: skip
LAYER = st.one_of(WILD, st.dictionaries(st.sampled_from(LAYER_KEYS), WILD, max_size=4))
CONFIG_KEYS = [*Config.__dataclass_fields__, "preset", "x"]


def toml(value) -> str:
    """A value as TOML, roughly: what tomllib refuses is an example as well."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in value) + '"'
    return str(value)


@given(st.sampled_from(TEXTS).flatmap(damaged))
def test_damaged_network_files(tmp_path, content):
    path = tmp_path / "network.toml"
    path.write_bytes(content)
    network = result_of(lambda: load_network(path))
    assert network is None or network_of(network.name, table_of(network)) == network


@given(st.sampled_from(network_names()), st.dictionaries(st.sampled_from(KEYS), WILD, max_size=3))
def test_networks_with_wild_values(name, changes):
    table = table_of(load_network(name)) | changes
    network = result_of(lambda: network_of("fuzz", table))
    assert network is None or isinstance(network, Network)


@given(st.lists(LAYER, max_size=4), WILD)
def test_networks_with_wild_layers(layers, size):
    table = table_of(load_network("tinyconv")) | {"layers": layers}
    for changed in (table, table | {"input": size}):
        network = result_of(lambda changed=changed: network_of("fuzz", changed))
        assert network is None or isinstance(network, Network)


@given(damaged(ENGINE))
def test_damaged_engine_files(tmp_path, content):
    path = tmp_path / "engine.toml"
    path.write_bytes(content)
    config = result_of(lambda: load_engine(path))
    assert config is None or isinstance(config, Config)


@given(st.dictionaries(st.sampled_from(CONFIG_KEYS), WILD, max_size=4))
def test_engines_with_wild_values(tmp_path, values):
    path = tmp_path / "engine.toml"
    lines = [f"{key} = {toml(value)}" for key, value in values.items()]
    path.write_text("\n".join(lines), "utf-8")
    config = result_of(lambda: load_engine(path))
    if config is not None:
        path.write_text(engine_text(config), "utf-8")
        assert load_engine(path) == config
