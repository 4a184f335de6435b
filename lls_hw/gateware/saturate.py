"""Saturation of a signed value, from its upper bits: no comparison has a carry chain."""

from amaranth.hdl import Const, Mux, Value

from lls_hw.contract.channels import WIDE_BITS

__all__ = ["limited", "saturated", "saturated_wide"]


def _fits(value: Value, bits: int) -> Value:
    """Whether a signed value has no more than so many bits."""
    upper = value[bits - 1 :]
    return upper.all() | ~upper.any()


def saturated(value, limit):
    """The value, or the nearer of -limit and limit if it lies beyond, as in `golden.integer`.

    The limit is one less than a power of two.
    """
    bits = limit.bit_length() + 1
    assert limit == (1 << bits - 1) - 1
    value = Value.cast(value)
    negative = value[-1]
    lowest = negative & ~value[: bits - 1].any()
    within = _fits(value, bits) & ~lowest
    return Mux(
        within, value[:bits].as_signed(), Mux(negative, Const(-limit, bits), limit).as_signed()
    )


def saturated_wide(value):
    """The value, or the nearer limit of WIDE_BITS if it lies beyond."""
    value = Value.cast(value)
    bits = WIDE_BITS
    limit = Mux(value[-1], 1 << bits - 1, (1 << bits - 1) - 1)[:bits]
    return Mux(_fits(value, bits), value[:bits], limit).as_signed()


def limited(value, most):
    """The nearest number to a signed value in 0..most."""
    return Mux(value < 0, 0, Mux(value > most, most, value))[: most.bit_length()]
