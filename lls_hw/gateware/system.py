"""System: link and engine. A board adds a transport and a clock."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.core import Core
from lls_hw.gateware.link.link import Link

__all__ = ["System"]


class System(wiring.Component):
    """An engine that the host talks to over two byte streams, one byte a cycle each way.

    Parameters
    ----------
    config : sizes of the engine.
    core : the engine; anything with the ports of `Core`.

    Members
    -------
    rx, tx : bytes from and to the host; `rx` never waits. busy : a program runs.
    """

    rx: In(stream.Signature(8))
    tx: Out(stream.Signature(8))
    busy: Out(1)

    def __init__(self, config: Config, core: wiring.Component | None = None) -> None:
        self._core = Core(config) if core is None else core
        self._link_depth = config.link_depth
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = Link(self._link_depth, self._link_depth // 2)
        m.submodules.core = core = self._core
        connect(m, flipped(self.rx), link.rx)
        connect(m, link.tx, flipped(self.tx))
        connect(m, link.write, core.write_i)
        connect(m, link.read, core.read_i)
        connect(m, core.read_o, link.data)
        m.d.comb += self.busy.eq(core.busy)
        return m
