"""Tables of the core alone: its ports, and its registers on a processor's bus."""

from docs.tables.contract import register_rows
from lls_hw.contract.axi import AxiRegister
from lls_hw.gateware.axi.core import AXI_PORTS
from lls_hw.gateware.generic import EXTERNAL_PORTS, PORTS
from lls_hw.tools.page import markdown_table

__all__ = ["axi_ports", "axi_registers", "external_ports", "ports"]


def _ports(found: dict[str, tuple[str, int, str]]) -> str:
    rows = [["port", "direction", "bits", "meaning"]]
    rows += [[f"`{name}`", way, str(bits), doc] for name, (way, bits, doc) in found.items()]
    return markdown_table(rows)


def ports() -> str:
    """Ports of the core with byte streams."""
    return _ports(PORTS)


def external_ports() -> str:
    """Further ports of a core with an external memory."""
    return _ports(EXTERNAL_PORTS)


def axi_ports() -> str:
    """Ports of the core on a processor's bus."""
    return _ports(AXI_PORTS)


def axi_registers() -> str:
    """Registers of the core on a processor's bus, by offset."""
    rows = [["offset", "name", "access", "bits", "meaning"]]
    return markdown_table(rows + register_rows(AxiRegister, lambda offset: f"{offset:#04x}"))
