"""Layouts: named bit fields packed into one number, lowest bits first.

Registers, results and descriptors are defined as layouts; the driver packs and unpacks numbers
with them, and the gateware makes its structures of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Field", "Layout"]


@dataclass(frozen=True)
class Field:
    """One bit field of a layout."""

    name: str
    bits: int
    signed: bool = False
    """Two's complement."""
    wraps: bool = False
    """Negative values are allowed and stored modulo 2**bits: addresses and steps."""
    doc: str = ""
    """What the field means, a sentence for the docs."""

    @property
    def values(self) -> range:
        """Values that the field can hold as it is read back."""
        if self.signed:
            return range(-(1 << self.bits - 1), 1 << self.bits - 1)
        return range(1 << self.bits)

    def encode(self, value: int) -> int:
        """The field's bits; ValueError when the value does not fit."""
        if value not in self.values and not (self.wraps and -(1 << self.bits - 1) <= value < 0):
            raise ValueError(
                f"Field {self.name} is {value}; it must lie in {self.values[0]}..{self.values[-1]}."
            )
        return value % (1 << self.bits)


class Layout(Mapping[str, Field]):
    """Fields by name, in the order in which they are packed.

    Parameters
    ----------
    fields : bits of each field, or the `Field` itself.
    """

    def __init__(self, *fields: Field, **bits: int) -> None:
        every = (*fields, *(Field(name, width) for name, width in bits.items()))
        self._fields = {field.name: field for field in every}

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def bits(self) -> int:
        """Bits of all fields."""
        return sum(field.bits for field in self.values())

    @property
    def positions(self) -> dict[str, int]:
        """Lowest bit of each field."""
        found, position = {}, 0
        for name, field in self.items():
            found[name] = position
            position += field.bits
        return found

    def pack(self, **values: int) -> int:
        """One number of the values; fields that are not named are zero. ValueError, KeyError."""
        positions = self.positions
        return sum(self[name].encode(int(v)) << positions[name] for name, v in values.items())

    def unpack(self, packed: Any) -> dict[str, Any]:
        """The values in a number, or in an array of numbers wide enough for the layout."""
        found = {}
        for name, position in self.positions.items():
            field = self[name]
            value = packed >> position & (1 << field.bits) - 1
            if field.signed:
                half = 1 << field.bits - 1
                value = (value ^ half) - half
            found[name] = value
        return found
