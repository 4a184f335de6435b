"""Addresses of boards: their parts, and the engine that goes into them."""

from dataclasses import replace

import pytest

from lls_hw.contract.config import PRESETS, ConfigError
from lls_hw.driver.address import Address, parse_address, with_engine
from lls_hw.driver.errors import NoSuchDevice

MINE = replace(PRESETS["tiny"], weight_depth=1024)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('preset = "tiny"\nweight_depth = 1024\n')
    return path


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("sim", ("sim", "", "")),
        ("sim:tiny", ("sim", "tiny", "")),
        ("sim:./my.toml", ("sim", "./my.toml", "")),
        ("golden", ("golden", "", "")),
        ("golden:small", ("golden", "small", "")),
        ("golden@cuda:1", ("golden", "", "cuda:1")),
        ("golden:a/b.toml@cuda", ("golden", "a/b.toml", "cuda")),
        ("socket://127.0.0.1:5555", None),
        ("/dev/ttyUSB1@1000000", None),
        ("Sim", None),
        ("", None),
    ],
)
def test_parts(url, parts):
    assert parse_address(url) == (parts and Address(*parts))


def test_engines_of_addresses(file):
    assert parse_address("sim").config == PRESETS["small"]
    assert parse_address("golden").config is None
    assert parse_address(f"sim:{file}").config == MINE
    assert parse_address(f"golden:{file}@cuda").config == MINE
    with pytest.raises(ConfigError, match="no preset 'huge'"):
        parse_address("sim:huge").check()


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("sim", "sim:{}"),
        ("golden", "golden:{}"),
        ("golden@cuda", "golden:{}@cuda"),
        ("sim@3M", "sim:{}@3000000/80000000"),
        ("sim:{}", "sim:{}"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("socket://localhost:1", "socket://localhost:1"),
    ],
)
def test_an_engine_goes_where_none_is_named(file, url, whole):
    assert with_engine(url.format(file), file) == (whole.format(file), MINE)


def test_without_an_engine_an_address_stays_as_it_is():
    assert with_engine("sim:tiny", None) == ("sim:tiny", PRESETS["tiny"])
    assert with_engine("/dev/ttyUSB0", None) == ("/dev/ttyUSB0", None)


def test_two_engines_are_refused(file):
    with pytest.raises(NoSuchDevice, match="sim:small names another engine than .*mine.toml"):
        with_engine("sim:small", file)
