"""How many samples a second an engine trains, from its clock and its serial line."""

from dataclasses import dataclass

from lls_hw.program.compiler import Program
from lls_hw.program.stored import fetch_cycles, link_bytes, sample_bytes

__all__ = ["ENGINE", "LINE", "MEMORY", "Speed", "speed"]

ENGINE = "engine"
LINE = "serial line"
MEMORY = "external memory"
"""What may be the slowest."""
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
    stored_limit: str | None
    """Which of the three is the slowest then."""

    @property
    def samples(self) -> float:
        """Samples and arithmetic overlap: the slower one counts."""
        return min(self.engine, self.link)

    @property
    def limit(self) -> str:
        """Which of the two is the slower one, where samples come over the line."""
        return ENGINE if self.engine <= self.link else LINE


def speed(program: Program, frequency: float, baud: int) -> Speed:
    """Speed of training at `frequency` MHz with samples over a line of `baud` bits a second."""
    cycles, line = program.train_cycles / program.batch, baud / _LINE_BITS
    engine = 1e6 * frequency / cycles
    stored, slowest = None, None
    if program.config.external_depth:
        rates = {
            ENGINE: engine,
            MEMORY: 1e6 * frequency / fetch_cycles(program),
            LINE: line / link_bytes(program),
        }
        slowest, stored = min(rates.items(), key=lambda item: item[1])
    return Speed(
        cycles=cycles,
        engine=engine,
        link=line / (_OVERHEAD * (sample_bytes(program) + 1)),
        stored=stored,
        stored_limit=slowest,
    )
