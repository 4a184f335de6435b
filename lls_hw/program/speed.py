"""How many samples a second an engine trains, from its clock and its serial line."""

from dataclasses import dataclass

from lls_hw.program.compiler import Program

__all__ = ["Speed", "speed"]

_LINE_BITS = 10
"""A byte on the serial line: start, 8 bits, stop."""
_OVERHEAD = 1.02
"""Frames, commands and escapes beside the samples themselves."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Training samples a second."""

    cycles: float
    """Of the engine, for each sample."""
    engine: float
    """What the engine does when samples are always there."""
    link: float
    """What the line brings."""

    @property
    def samples(self) -> float:
        """Samples and arithmetic overlap: the slower one counts."""
        return min(self.engine, self.link)


def speed(program: Program, frequency: float, baud: int) -> Speed:
    """Speed of training at `frequency` MHz with samples over a line of `baud` bits a second."""
    first, config = program.layers[0], program.config
    values = program.network.inputs
    if not first.packed:
        pixels = values // first.shape.in_channels
        values = pixels * -(-first.shape.in_channels // config.act_word) * config.act_word
    cycles = program.train_cycles / program.batch
    return Speed(
        cycles=cycles,
        engine=1e6 * frequency / cycles,
        link=baud / _LINE_BITS / (_OVERHEAD * (values + 1)),
    )
