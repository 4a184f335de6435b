"""Traffic of the external memory: how its ports use their cycles, planned and counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from lls_hw.contract.counters import PORTS, USES, Counters, port_counter
from lls_hw.contract.descriptor import Descriptor, MoveDescriptor
from lls_hw.contract.units import Operation
from lls_hw.program.compiler import Program

__all__ = ["PortCycles", "counted_ports", "moved", "planned_ports", "port_table"]


@dataclass(frozen=True, kw_only=True)
class PortCycles:
    """Cycles in which a port had the external memory, by what it did."""

    port: str
    """Whose it is, as in `contract.counters.PORTS`."""
    idle: int
    read: int
    """In each of which it read an element."""
    write: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.idle + self.read + self.write

    def share(self, use: str) -> float:
        """Part of the cycles that a use has; 0 if the port never had the memory."""
        return getattr(self, use) / self.total if self.total else 0.0


def moved(program: Iterable[Descriptor], operation: Operation) -> int:
    """Elements that the moves of one kind move."""
    moves = (d for d in program if isinstance(d, MoveDescriptor))
    return sum(d.count for d in moves if d.operation == operation)


def planned_ports(program: Program) -> list[PortCycles]:
    """The mover's port in a training step; nothing if no weights live outside.

    What it reads and writes is exact, and the cycles in between are as good as the prediction of
    the step.
    """
    if not program.plan.windows:
        return []
    read, write = (moved(program.train, op) for op in (Operation.FILL, Operation.WRITE_BACK))
    idle = program.train_cycles - read - write
    return [PortCycles(port="mover", idle=idle, read=read, write=write)]


def counted_ports(counters: Counters) -> list[PortCycles]:
    """The ports that had the memory, as the board counted. Nothing if the engine has none.

    The mover's cycles are those of the last run, the host's those since then.
    """
    ports = [
        PortCycles(port=port, **{use: getattr(counters, port_counter(port, use)) for use in USES})
        for port in PORTS
    ]
    return [port for port in ports if port.total]


def port_table(ports: Sequence[PortCycles]) -> Table:
    """Cycles of each port and their shares."""
    table = Table(title="ports of the external memory, cycles", title_justify="left")
    table.add_column("port")
    for use in USES:
        table.add_column(use, justify="right")
        table.add_column("", justify="right")
    for port in ports:
        cells = ((f"{getattr(port, use):,}", f"{port.share(use):.1%}") for use in USES)
        table.add_row(_since(port.port), *(cell for pair in cells for cell in pair))
    return table


def _since(port: str) -> str:
    """A port and what its cycles are those of."""
    return "host, since the step" if port == "host" else f"{port}, in a training step"
