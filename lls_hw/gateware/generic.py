"""The engine for another design: byte streams with the names of AXI-Stream."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.gateware.mover.ports import ELEMENT_BITS
from lls_hw.gateware.system import System

__all__ = ["CORE_NAME", "EXTERNAL_PORTS", "PORTS", "GenericCore", "ports_of", "signature_of"]

CORE_NAME = "lls_core"
"""Name of the Verilog module."""

PORTS = {
    "clk": ("in", 1, "Clock of everything; all ports are synchronous to its rising edge."),
    "rst": ("in", 1, "Reset, synchronous, high for at least one cycle; memories keep their words."),
    "s_axis_tdata": ("in", 8, "Byte from the host."),
    "s_axis_tvalid": ("in", 1, "There is one; it stays until it is taken."),
    "s_axis_tready": ("out", 1, "It is taken at this edge; always high."),
    "m_axis_tdata": ("out", 8, "Byte to the host."),
    "m_axis_tvalid": ("out", 1, "There is one; it stays until it is taken."),
    "m_axis_tready": ("in", 1, "The host takes it at this edge; may be low for any time."),
    "busy": ("out", 1, "A program runs."),
}
"""Ports of the module: direction, bits, meaning."""


EXTERNAL_PORTS = {
    "m_axis_command_tdata": (
        "out",
        1 + ADDRESS_BITS,
        "Access to the external memory: bit 0 is high for a write; above it the element's number.",
    ),
    "m_axis_command_tvalid": ("out", 1, "There is one; it stays until it is taken."),
    "m_axis_command_tready": (
        "in",
        1,
        "The memory takes it at this edge; may be low for any time.",
    ),
    "m_axis_write_tdata": ("out", ELEMENT_BITS, "Element of a write, in the order of the writes."),
    "m_axis_write_tvalid": ("out", 1, "There is one; it stays until it is taken."),
    "m_axis_write_tready": ("in", 1, "The memory takes it at this edge; may be low for any time."),
    "s_axis_read_tdata": ("in", ELEMENT_BITS, "Element of a read, in the order of the reads."),
    "s_axis_read_tvalid": ("in", 1, "There is one; the engine takes it at this edge, always."),
}
"""Further ports of a module whose engine keeps weights in an external memory."""


def ports_of(config: Config) -> dict[str, tuple[str, int, str]]:
    """Ports of the module for an engine: direction, bits, meaning."""
    return PORTS | (EXTERNAL_PORTS if config.external_depth else {})


def signature_of(ports: dict[str, tuple[str, int, str]]) -> dict[str, Member]:
    """Members of those names; a domain's clock and reset are none."""
    flow = {"in": In, "out": Out}
    return {
        name: flow[way](bits)
        for name, (way, bits, _) in ports.items()
        if name not in ("clk", "rst")
    }


class GenericCore(wiring.Component):
    """`System` with other names for its ports; it adds no cycle.

    Parameters
    ----------
    config : sizes of the engine.

    Members
    -------
    Those of `ports_of`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(signature_of(ports_of(config)))

    def elaborate(self, platform):
        m = Module()
        m.submodules.system = system = System(self._config)
        m.d.comb += [
            system.rx.payload.eq(self.s_axis_tdata),
            system.rx.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(system.rx.ready),
            self.m_axis_tdata.eq(system.tx.payload),
            self.m_axis_tvalid.eq(system.tx.valid),
            system.tx.ready.eq(self.m_axis_tready),
            self.busy.eq(system.busy),
        ]
        if self._config.external_depth:
            external = system.external
            m.d.comb += [
                self.m_axis_command_tdata.eq(external.command.payload),
                self.m_axis_command_tvalid.eq(external.command.valid),
                external.command.ready.eq(self.m_axis_command_tready),
                self.m_axis_write_tdata.eq(external.write_data.payload),
                self.m_axis_write_tvalid.eq(external.write_data.valid),
                external.write_data.ready.eq(self.m_axis_write_tready),
                external.read_data.payload.eq(self.s_axis_read_tdata),
                external.read_data.valid.eq(self.s_axis_read_tvalid),
            ]
        return m
