"""Counters of the last run, as the board counts them."""

from dataclasses import dataclass, fields

__all__ = ["COUNTER_BITS", "COUNTER_NAMES", "PORTS", "USES", "Counters", "port_counter"]

COUNTER_BITS = 32


@dataclass(frozen=True)
class Counters:
    """What the board did with the cycles of its last run.

    Each field is a counter in the gateware and a register of the same name.
    """

    cycles: int
    """From start to end of the run."""
    forward_beats: int
    """In which the array did forward products."""
    gradient_beats: int
    """In which the array did weight-gradient products."""
    local_cycles: int
    """In which the local update unit was busy."""
    wait_cycles: int
    """In which the array waited for the local update unit."""
    memory_wait_cycles: int
    """In which an idle array waited for the external memory alone."""
    mover_idle_cycles: int = 0
    """In which the mover had the external memory and neither read nor wrote."""
    mover_read_cycles: int = 0
    """In which the mover read an element of the external memory."""
    mover_write_cycles: int = 0
    """In which it wrote one."""
    samples_idle_cycles: int = 0
    """In which no stored sample was read."""
    samples_read_cycles: int = 0
    """In which an element of a stored sample was read."""
    samples_write_cycles: int = 0
    """Always 0: samples are written by the host."""
    host_idle_cycles: int = 0
    """Since the run's end: in which the host had the memory and neither read nor wrote."""
    host_read_cycles: int = 0
    """In which the host read an element."""
    host_write_cycles: int = 0
    """In which it wrote one."""


COUNTER_NAMES = tuple(field.name for field in fields(Counters))
PORTS = ("mover", "samples", "host")
"""Ports of the external memory: the mover and the fetch of stored samples, whose cycles count in a
run, and the host, whose count afterwards."""
USES = ("idle", "read", "write")
"""What a port does in a cycle: takes no command, or one of these."""


def port_counter(port: str, use: str) -> str:
    """Name of a port's counter of a use."""
    return f"{port}_{use}_cycles"
