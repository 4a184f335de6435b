"""Saturation of a signed value, from its upper bits: no comparison has a carry chain."""

from amaranth.hdl import Const, Mux, Value

from lls_hw.contract.channels import ACTIVATION_LIMITS, AVERAGE_LIMITS, WIDE_BITS

__all__ = ["limited", "saturated", "wide_activation", "wide_average", "within"]


def _fits(value: Value, bits: int) -> Value:
    """Whether a signed value has no more than so many bits."""
    upper = value[bits - 1 :]
    return upper.all() | ~upper.any()


def within(value, limit):
    """Whether a signed value lies in -limit..limit; the limit is one less than a power of two."""
    bits = limit.bit_length() + 1
    assert limit == (1 << bits - 1) - 1
    value = Value.cast(value)
    lowest = value[-1] & ~value[: bits - 1].any()
    return _fits(value, bits) & ~lowest


def saturated(value, limit, over=0, negative=None):
    """The value, or the nearer of -limit and limit if it lies beyond, as in `golden.integer`.

    The limit is one less than a power of two. `over` : it lies beyond, whatever `value` says;
    then `negative` says on which side.
    """
    value, bits = Value.cast(value), limit.bit_length() + 1
    nearest = Mux(value[-1] if negative is None else negative, Const(-limit, bits), limit)
    return Mux(within(value, limit) & ~over, value[:bits], nearest)[:bits].as_signed()


def _wide(value, inside, negative, limits):
    """A wide output: the value if it is inside, else the limit of its sign."""
    least, most = limits
    limit = Mux(negative, Const(least, WIDE_BITS), most)
    return Mux(inside, value[:WIDE_BITS], limit)[:WIDE_BITS].as_signed()


def wide_activation(value, inside, negative):
    """A wide activation; `inside`: what it rounds to needs no saturation."""
    return _wide(Value.cast(value), inside, negative, ACTIVATION_LIMITS)


def wide_average(value):
    """A wide average."""
    value = Value.cast(value)
    return _wide(value, _fits(value, WIDE_BITS), value[-1], AVERAGE_LIMITS)


def limited(value, most):
    """The nearest number to a signed value in 0..most."""
    return Mux(value < 0, 0, Mux(value > most, most, value))[: most.bit_length()]
