"""Layouts against Python's own arithmetic: packed values come back, what does not fit is named."""

import numpy as np
import pytest

from lls_hw.contract.fields import Field, Layout

LAYOUT = Layout(Field("step", 5, wraps=True), Field("shift", 4, signed=True), flag=1, size=7)


def test_positions_follow_each_other():
    assert LAYOUT.positions == {"step": 0, "shift": 5, "flag": 9, "size": 10}
    assert LAYOUT.bits == 17
    assert list(LAYOUT) == ["step", "shift", "flag", "size"]


def test_packed_values_come_back():
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = {
            "step": int(rng.integers(0, 32)),
            "shift": int(rng.integers(-8, 8)),
            "flag": int(rng.integers(0, 2)),
            "size": int(rng.integers(0, 128)),
        }
        packed = LAYOUT.pack(**values)
        by_hand = values["step"] | (values["shift"] & 15) << 5 | values["flag"] << 9
        assert packed == by_hand | values["size"] << 10
        assert LAYOUT.unpack(packed) == values


def test_arrays_are_unpacked_at_once():
    numbers = np.array([LAYOUT.pack(shift=-3, size=9), LAYOUT.pack(step=31, flag=1)])
    found = {name: values.tolist() for name, values in LAYOUT.unpack(numbers).items()}
    assert found == {"step": [0, 31], "shift": [-3, 0], "flag": [0, 1], "size": [9, 0]}


def test_negative_steps_wrap():
    assert LAYOUT.pack(step=-1) == 31
    assert LAYOUT.pack(step=-16) == 16


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": 128}, "Field size is 128; it must lie in 0..127."),
        ({"size": -1}, "Field size is -1; it must lie in 0..127."),
        ({"shift": 8}, "Field shift is 8; it must lie in -8..7."),
        ({"step": -17}, "Field step is -17; it must lie in 0..31."),
        ({"step": 32}, "Field step is 32; it must lie in 0..31."),
    ],
)
def test_what_does_not_fit_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        LAYOUT.pack(**values)


def test_unknown_fields_are_refused():
    with pytest.raises(KeyError, match="width"):
        LAYOUT.pack(width=1)
