"""Everything of an engine that has to do with the external memory."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.mover.external_access import ExternalAccess
from lls_hw.gateware.mover.mover import Mover
from lls_hw.gateware.mover.ports import ExternalPort, MovedWeights
from lls_hw.gateware.operation import MOVE_LAYOUT
from lls_hw.gateware.ports import SlowRead

__all__ = ["MoverUnit"]


class MoverUnit(wiring.Component):
    """The mover, and the host's way to the memory that it moves to and from.

    Members
    -------
    command, busy, weights : as those of `Mover`.
    running, write, read : as those of `ExternalAccess`.
    external : the memory.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(MOVE_LAYOUT, always_ready=True)),
                "busy": Out(1),
                "weights": Out(MovedWeights(config)),
                "running": In(1),
                "write": In(element_write(always_ready=False)),
                "read": In(SlowRead()),
                "external": Out(ExternalPort()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.mover = mover = Mover(self._config)
        m.submodules.access = access = ExternalAccess()
        connect(m, flipped(self.command), mover.command)
        connect(m, mover.weights, flipped(self.weights))
        connect(m, mover.external, access.mover)
        connect(m, flipped(self.write), access.write)
        connect(m, flipped(self.read), access.read)
        connect(m, access.external, flipped(self.external))
        m.d.comb += [
            self.busy.eq(mover.busy),
            access.running.eq(self.running),
        ]
        return m
