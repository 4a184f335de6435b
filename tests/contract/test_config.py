"""Configurations: presets, checks and the digest."""

from dataclasses import fields, replace

import numpy as np
import pytest

from lls_hw.contract.config import PRESETS, Config, ConfigError, preset


def test_presets():
    assert {n: (c.rows, c.cols) for n, c in PRESETS.items()} == {
        "nano": (2, 2), "tiny": (4, 4), "tiny-sdram": (4, 4), "small": (8, 8), "large": (8, 16),
        "sdram": (8, 16), "lab": (8, 16), "variants": (8, 8), "momentum": (8, 8),
    }  # fmt: skip
    assert preset("small").macs_per_cycle == 64
    assert [preset(n).patch_tiles for n in PRESETS] == [5, 3, 3, 2, 2, 4, 4, 2, 2]
    with pytest.raises(
        ConfigError, match="presets are nano, tiny, tiny-sdram, small, large, sdram"
    ):
        preset("huge")


@pytest.mark.parametrize("name, value", [
    ("rows", 0), ("rows", 3), ("rows", 64), ("cols", 1), ("lanes", 32), ("max_batch", 48),
    ("max_batch", 1024), ("max_layers", 0), ("max_layers", 17), ("weight_depth", 0),
    ("act_depth", 1), ("acc_depth", 1 << 21), ("latent_depth", 1 << 17), ("max_classes", 1),
    ("max_classes", 257),
    ("basis_classes", 1), ("basis_classes", 129), ("sign_depth", 1), ("max_width", 1),
    ("image_depth", 1), ("image_channels", 0), ("image_channels", 5), ("link_depth", 512),
    ("link_depth", 3000), ("maps", 2), ("trace", 2), ("momentum", 2),
    ("basis_bits", 1), ("basis_bits", 4), ("modulation_depth", -1), ("modulation_depth", 1),
    ("modulation_depth", 32769),
    ("external_depth", 1 << 15), ("external_depth", 3 << 16), ("external_depth", 1 << 25),
])  # fmt: skip
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}; it must"):
        replace(preset("small"), **{name: value})


def test_values_of_other_types_are_named():
    """Also those that equal a permitted value: 1 is not true, 8.0 is not 8."""
    base = preset("variants")
    numbers = (None, "8", b"", 2.0, 8.0, 0.0, False, True, [], (), np.int64(8), np.zeros(2))
    flags = (None, "", 0, 1, 0.0, 1.0, [], np.bool_(True), np.zeros(2))
    for field in fields(Config):
        for value in flags if isinstance(getattr(base, field.name), bool) else numbers:
            with pytest.raises(ConfigError, match=f"^{field.name} is "):
                replace(base, **{field.name: value})


def test_digest_depends_on_every_field():
    base = preset("small")
    digests = {base.digest}
    for field in fields(Config):
        value = getattr(base, field.name)
        others = (value * 2, value // 2, value * 4, value + 2, 1 << 16)
        for other in set(others) - {value} if type(value) is int else (not value,):
            try:
                digests.add(replace(base, **{field.name: other}).digest)
                break
            except ConfigError:
                continue
        else:
            pytest.fail(f"no other value of {field.name} is allowed")
    assert len(digests) == 1 + len(fields(Config))
    assert replace(base).digest == base.digest < 1 << 64


def test_digest_depends_on_the_interface(monkeypatch):
    before = preset("tiny").digest
    monkeypatch.setattr("lls_hw.contract.config.INTERFACE_VERSION", 99)
    assert replace(preset("tiny")).digest != before


def test_derived_values():
    large = preset("large")
    assert large.act_word == 16
    assert large.groups == 8
    assert replace(large, max_classes=17).groups == 2
    assert Config(**large.as_dict()) == large
    assert [replace(large, basis_bits=b, lanes=n).basis_parts for b, n in
            ((2, 2), (2, 16), (8, 2), (8, 4), (8, 8), (8, 16))] == [1, 1, 1, 1, 2, 4]  # fmt: skip
