"""Everything of an engine that has to do with the external memory."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.mover.external_access import ExternalAccess
from lls_hw.gateware.mover.input_access import InputWrites
from lls_hw.gateware.mover.mover import Mover
from lls_hw.gateware.mover.ports import ExternalPort, MovedWeights
from lls_hw.gateware.mover.sample_fetch import SampleFetch, SamplePlaces
from lls_hw.gateware.mover.turns import ExternalTurns
from lls_hw.gateware.operation import MOVE_LAYOUT
from lls_hw.gateware.ports import SlowRead

__all__ = ["MoverUnit"]


class MoverUnit(wiring.Component):
    """The mover, the fetch of stored samples, and the host's way to the memory of both.

    Members
    -------
    command, busy, weights : as those of `Mover`.
    running, write, read : as those of `ExternalAccess`.
    sample, places, inputs : as those of `SampleFetch`.
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
                "sample": In(element_write(always_ready=False)),
                "places": In(SamplePlaces()),
                "inputs": Out(InputWrites()),
                "external": Out(ExternalPort()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.mover = mover = Mover(self._config)
        m.submodules.access = access = ExternalAccess()
        m.submodules.samples = samples = SampleFetch(self._config)
        m.submodules.turns = turns = ExternalTurns()
        connect(m, flipped(self.command), mover.command)
        connect(m, mover.weights, flipped(self.weights))
        connect(m, mover.external, access.mover)
        connect(m, flipped(self.write), access.write)
        connect(m, flipped(self.read), access.read)
        connect(m, access.external, turns.weights)
        connect(m, samples.external, turns.samples)
        connect(m, turns.external, flipped(self.external))
        connect(m, flipped(self.sample), samples.sample)
        connect(m, flipped(self.places), samples.places)
        connect(m, samples.inputs, flipped(self.inputs))
        m.d.comb += [
            self.busy.eq(mover.busy),
            access.running.eq(self.running),
        ]
        return m
