"""The engine for another design: byte streams with the names of AXI-Stream."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.system import System

__all__ = ["CORE_NAME", "PORTS", "GenericCore"]

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


class GenericCore(wiring.Component):
    """`System` with other names for its ports; it adds no cycle.

    Parameters
    ----------
    config : sizes of the engine.

    Members
    -------
    Those of `PORTS`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        flow = {"in": In, "out": Out}
        domain = ("clk", "rst")
        super().__init__(
            {name: flow[way](bits) for name, (way, bits, _) in PORTS.items() if name not in domain}
        )

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
        return m
