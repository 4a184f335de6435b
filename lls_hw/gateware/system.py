"""System: link and engine. A board adds a transport and a clock."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.core import Core
from lls_hw.gateware.link.link import Link
from lls_hw.gateware.mover.ports import ExternalPort

__all__ = ["System"]


class System(wiring.Component):
    """An engine that the host talks to over two byte streams, one byte a cycle each way.

    Parameters
    ----------
    config : sizes of the engine.
    core : the engine; anything with the ports of `Core`.
    memory : the external memory, a component with `port` and `pins`, if the engine has one.

    Members
    -------
    rx, tx : bytes from and to the host; `rx` never waits. busy : a program runs.
    memory : pins of the external memory. external : without `memory`, what the engine asks of it.
    """

    def __init__(
        self,
        config: Config,
        core: wiring.Component | None = None,
        memory: wiring.Component | None = None,
    ) -> None:
        self._core = Core(config) if core is None else core
        self._link_depth, self._memory = config.link_depth, memory
        self._bare = config.external_depth and not memory
        super().__init__(
            {
                "rx": In(stream.Signature(8)),
                "tx": Out(stream.Signature(8)),
                "busy": Out(1),
                **({"memory": Out(memory.pins.signature)} if memory else {}),
                **({"external": Out(ExternalPort())} if self._bare else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = Link(self._link_depth, self._link_depth // 2)
        m.submodules.core = core = self._core
        connect(m, flipped(self.rx), link.rx)
        connect(m, link.tx, flipped(self.tx))
        connect(m, link.write, core.write_i)
        connect(m, link.read, core.read_i)
        connect(m, core.read_o, link.data)
        if self._memory:
            m.submodules.memory = memory = self._memory
            connect(m, core.external, memory.port)
            connect(m, memory.pins, flipped(self.memory))
        if self._bare:
            connect(m, core.external, flipped(self.external))
        m.d.comb += self.busy.eq(core.busy)
        return m
