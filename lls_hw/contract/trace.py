"""Trace: where the board records when each operation began and ended."""

from lls_hw.contract.config import Config
from lls_hw.contract.units import Unit

__all__ = ["trace_address", "trace_elements"]


def _unit_elements(config: Config) -> int:
    """Elements of one unit: a start and an end for each descriptor, up to a power of two."""
    return 2 << (config.program_depth - 1).bit_length()


def trace_address(config: Config, unit: Unit, index: int) -> int:
    """Element of the start of descriptor `index` on its unit; its end is the next one."""
    return unit * _unit_elements(config) + 2 * index


def trace_elements(config: Config) -> int:
    """Elements of `Space.TRACE`; 0 without a trace."""
    return len(Unit) * _unit_elements(config) * config.trace
