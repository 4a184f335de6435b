"""The engine for another design, on a processor's bus: ports with the names of AXI4-Lite."""

from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal
from amaranth.lib import wiring

from lls_hw.contract.axi import RANGE_ADDRESS_BITS, WORD_BYTES
from lls_hw.contract.config import Config
from lls_hw.gateware.axi.ports import wires
from lls_hw.gateware.axi.transport import AxiTransport
from lls_hw.gateware.generic import EXTERNAL_PORTS, GenericCore, signature_of

__all__ = ["AXI_PORTS", "AxiCore", "axi_ports_of"]

_BUS = "s_axi_"
_STAYS, _TAKEN = "There is one; it stays until it is taken.", "It is taken at this edge."

AXI_PORTS = {
    "aclk": ("in", 1, "Clock of everything; all ports are synchronous to its rising edge."),
    "aresetn": (
        "in",
        1,
        "Reset, synchronous, low for at least one cycle; memories keep their words.",
    ),
    f"{_BUS}awaddr": ("in", RANGE_ADDRESS_BITS, "Address of a write, in bytes."),
    f"{_BUS}awprot": ("in", 3, "Means nothing."),
    f"{_BUS}awvalid": ("in", 1, _STAYS),
    f"{_BUS}awready": ("out", 1, _TAKEN),
    f"{_BUS}wdata": ("in", 8 * WORD_BYTES, "Word of a write."),
    f"{_BUS}wstrb": ("in", WORD_BYTES, "Which of its bytes count; a write of fewer is refused."),
    f"{_BUS}wvalid": ("in", 1, _STAYS),
    f"{_BUS}wready": ("out", 1, _TAKEN),
    f"{_BUS}bresp": ("out", 2, "Response to a write: 0 is OKAY, 2 is SLVERR."),
    f"{_BUS}bvalid": ("out", 1, _STAYS),
    f"{_BUS}bready": ("in", 1, _TAKEN),
    f"{_BUS}araddr": ("in", RANGE_ADDRESS_BITS, "Address of a read, in bytes."),
    f"{_BUS}arprot": ("in", 3, "Means nothing."),
    f"{_BUS}arvalid": ("in", 1, _STAYS),
    f"{_BUS}arready": ("out", 1, _TAKEN),
    f"{_BUS}rdata": ("out", 8 * WORD_BYTES, "Word that was read."),
    f"{_BUS}rresp": ("out", 2, "Response to a read: 0 is OKAY, 2 is SLVERR."),
    f"{_BUS}rvalid": ("out", 1, _STAYS),
    f"{_BUS}rready": ("in", 1, _TAKEN),
    "irq": ("out", 1, "Interrupt, high as long as its cause lasts (register `INTERRUPT`)."),
    "busy": ("out", 1, "A program runs."),
}
"""Ports of the module: direction, bits, meaning."""


def axi_ports_of(config: Config) -> dict[str, tuple[str, int, str]]:
    """Ports of the module for an engine: direction, bits, meaning."""
    return AXI_PORTS | (EXTERNAL_PORTS if config.external_depth else {})


class AxiCore(wiring.Component):
    """`GenericCore` with `AxiTransport` at its streams.

    Parameters
    ----------
    config : sizes of the engine.

    Members
    -------
    Those of `axi_ports_of`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(signature_of(axi_ports_of(config)))

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.core = core = GenericCore(self._config)
        m.submodules.transport = transport = AxiTransport(self._config.digest)
        m.d.comb += [
            ClockSignal().eq(self.aclk),
            ResetSignal().eq(~self.aresetn),
            core.s_axis_tdata.eq(transport.rx.payload),
            core.s_axis_tvalid.eq(transport.rx.valid),
            transport.rx.ready.eq(core.s_axis_tready),
            transport.tx.payload.eq(core.m_axis_tdata),
            transport.tx.valid.eq(core.m_axis_tvalid),
            core.m_axis_tready.eq(transport.tx.ready),
            transport.running.eq(core.busy),
            self.busy.eq(core.busy),
            self.irq.eq(transport.irq),
        ]
        through = {f"{_BUS}{name}": wire for name, wire in wires(transport.bus).items()}
        if self._config.external_depth:
            through |= {name: getattr(core, name) for name in EXTERNAL_PORTS}
        ports = axi_ports_of(self._config)
        for name, inside in through.items():
            outside, (way, *_) = getattr(self, name), ports[name]
            m.d.comb += inside.eq(outside) if way == "in" else outside.eq(inside)
        return m
