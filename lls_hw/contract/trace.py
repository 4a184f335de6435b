"""Where `Space.TRACE` keeps the times of each operation."""

from lls_hw.contract.config import Config
from lls_hw.contract.units import Unit, units_of

__all__ = ["trace_address", "trace_elements", "trace_stride"]


def trace_stride(config: Config) -> int:
    """Elements from one unit's trace to the next: a power of two, at least two for a descriptor.

    So the gateware finds unit and operation in the bits of an address, whatever the depth.
    """
    return 2 << (config.program_depth - 1).bit_length()


def trace_address(config: Config, unit: Unit, index: int) -> int:
    """Element with the start of the operation of descriptor `index`; its end is the next one."""
    return unit * trace_stride(config) + 2 * index


def trace_elements(config: Config) -> int:
    """Elements of `Space.TRACE`; not all are used if `program_depth` is no power of two."""
    return len(units_of(config)) * trace_stride(config) * config.trace
