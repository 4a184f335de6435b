"""What a board says of itself: its configuration, packed into words that the host reads."""

from collections.abc import Sequence
from dataclasses import fields

from lls_hw.contract.config import Config
from lls_hw.contract.fields import Field, Layout

__all__ = ["DESCRIPTION", "WORDS", "WORD_BITS", "describe", "described"]

WORD_BITS = 32
DESCRIPTION = Layout(*(Field(item.name, item.metadata["bits"]) for item in fields(Config)))
"""All fields of a configuration, in their order, each as wide as its largest value."""
WORDS = -(-DESCRIPTION.bits // WORD_BITS)


def describe(config: Config) -> list[int]:
    """The configuration as `WORDS` words of 32 bits, low bits first."""
    packed = DESCRIPTION.pack(**config.as_dict())
    return [packed >> WORD_BITS * k & (1 << WORD_BITS) - 1 for k in range(WORDS)]


def described(words: Sequence[int]) -> Config:
    """The configuration in such words; ConfigError if there is none like it."""
    packed = sum(word << WORD_BITS * k for k, word in enumerate(words))
    values = DESCRIPTION.unpack(packed)
    flags = {item.name: bool(values[item.name]) for item in fields(Config) if item.type is bool}
    return Config(**{**values, **flags})
