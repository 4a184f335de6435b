"""How many samples a second an engine trains, from its clock and its line."""

from dataclasses import dataclass

from lls_hw.contract.frames import COMMAND_BYTES
from lls_hw.contract.line import BYTE_BITS
from lls_hw.contract.memories import Memory
from lls_hw.contract.registers import Space
from lls_hw.contract.usb import link_name
from lls_hw.program.compiler import Program
from lls_hw.program.stored import fetch_cycles, link_bytes, sample_bytes

__all__ = ["ENGINE", "MEMORY", "Speed", "absent_bytes", "sent_bytes", "speed"]

ENGINE = "engine"
MEMORY = "external memory"
"""What may be the slowest, beside the line."""
_OVERHEAD = 1.02
"""Frames and escapes around the commands."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Training samples a second."""

    cycles: float
    """Of the engine, for each sample."""
    engine: float
    """What the engine does when samples are always there."""
    link: float
    """What the line brings."""
    line_name: str
    """What the line is."""
    stored: float | None
    """Of stored samples: what engine, external memory and line let through. None without such a
    memory."""
    stored_limit: str | None
    """Which of the three is the slowest then."""

    @property
    def samples(self) -> float:
        """Samples and arithmetic overlap: the slower one counts."""
        return min(self.engine, self.link)

    @property
    def best(self) -> float:
        """With an external memory, samples may come from there."""
        return max(self.samples, self.stored or 0)

    @property
    def limit(self) -> str:
        """Which of the two is the slower one, where samples come over the line."""
        return ENGINE if self.engine <= self.link else self.line_name


def sent_bytes(program: Program) -> float:
    """Bytes to the board for a sample that is not stored there: about."""
    image = program.layers[0].inputs.memory == Memory.IMAGE  # the place is a register then
    registers = 2 if image else 1  # what runs is another
    commands = 3 + registers  # inputs, labels and results
    step = commands * COMMAND_BYTES + registers * Space.CONTROL.element_bytes
    return _OVERHEAD * (sample_bytes(program) + Space.LABEL.element_bytes + step / program.batch)


def absent_bytes(program: Program) -> float:
    """Bytes to the board for one of the stored samples' set that did not fit: about."""
    image = program.layers[0].inputs.memory == Memory.IMAGE
    commands = (3 if image else 2) * COMMAND_BYTES + image * Space.CONTROL.element_bytes
    return _OVERHEAD * (sample_bytes(program) + Space.LABEL.element_bytes + commands)


def speed(program: Program, frequency: float, baud: int, kept: float = 1.0) -> Speed:
    """Speed of training at `frequency` MHz with samples over a line of `baud` bits a second.

    `kept` is the share of stored samples that fit the external memory; the line brings the others.
    """
    cycles, line = program.train_cycles / program.batch, baud / BYTE_BITS
    engine = 1e6 * frequency / cycles
    stored, slowest = None, None
    if program.config.external_depth:
        rates = {
            ENGINE: engine,
            MEMORY: 1e6 * frequency / fetch_cycles(program),
            link_name(baud): line / (link_bytes(program) + (1 - kept) * absent_bytes(program)),
        }
        slowest, stored = min(rates.items(), key=lambda item: item[1])
    return Speed(
        cycles=cycles,
        engine=engine,
        link=line / sent_bytes(program),
        line_name=link_name(baud),
        stored=stored,
        stored_limit=slowest,
    )
