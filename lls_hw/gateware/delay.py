"""Shift register of a value."""

from amaranth.hdl import Signal, Value

__all__ = ["delay"]


def delay(m, value, cycles, name):
    """The value of `cycles` cycles ago (zero before the first)."""
    shape = value.shape()
    for stage in range(cycles):
        late = Signal(shape, name=f"{name}_{stage + 1}")
        m.d.sync += Value.cast(late).eq(Value.cast(value))
        value = late
    return value
