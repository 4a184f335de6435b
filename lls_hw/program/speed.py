"""How many samples a second an engine trains, from its clock and its serial line."""

from dataclasses import dataclass

from lls_hw.program.compiler import Program
from lls_hw.program.stored import fetch_cycles, link_bytes, sample_bytes

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
    stored: float | None
    """Of stored samples, none of which the line brings: what engine, external memory and line let
    through. None without such a memory."""

    @property
    def samples(self) -> float:
        """Samples and arithmetic overlap: the slower one counts."""
        return min(self.engine, self.link)


def speed(program: Program, frequency: float, baud: int) -> Speed:
    """Speed of training at `frequency` MHz with samples over a line of `baud` bits a second."""
    cycles, line = program.train_cycles / program.batch, baud / _LINE_BITS
    engine = 1e6 * frequency / cycles
    stored = None
    if program.config.external_depth:
        stored = min(engine, 1e6 * frequency / fetch_cycles(program), line / link_bytes(program))
    return Speed(
        cycles=cycles,
        engine=engine,
        link=line / (_OVERHEAD * (sample_bytes(program) + 1)),
        stored=stored,
    )
