"""Control of the array: what it does with the x that travels beside it."""

from amaranth.lib import data

__all__ = ["Control"]


class Control(data.Struct):
    """Control bits that travel east through a row together with x."""

    gradient: 1
    """Weight-gradient (output-stationary) mode; else forward (weight-stationary)."""
    load: 1
    """v is this row's next weight: keep it in the shadow register. Gradient: always."""
    swap: 1
    """x is the first of a tile; the shadow weight takes effect with it. Gradient: always."""
    first: 1
    """Gradient: x is the first of a tile; the sum restarts."""
    last: 1
    """Gradient: x is the last of a tile; the sum leaves through the column's north end."""
