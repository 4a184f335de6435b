"""The host's access to weights and velocities."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.memory.weights import access_layout, word_layout
from lls_hw.gateware.ports import HostWeights

__all__ = ["HostAccess"]


class HostAccess(wiring.Component):
    """Turns the host's element of one column into an access of all columns.

    A write follows `weights` by 1 cycle, a read does so at once.

    Members
    -------
    weights : the host. access : for column 0; `write_enable` stays low.
    word : what the host's column has read.
    """

    def __init__(self, config: Config) -> None:
        self._momentum = config.momentum
        super().__init__(
            {
                "weights": In(HostWeights(config)),
                "access": Out(access_layout(config)),
                "word": In(word_layout(config.momentum)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        host, access = self.weights, self.access
        written = Signal.like(access)
        m.d.comb += [
            access.eq(written),
            access.read_addr.eq(host.read_addr),
            host.read_data.eq(self.word.weight),
        ]
        m.d.sync += [
            written.write_addr.eq(host.write_addr),
            written.host_enable.weight.eq(host.write_enable),
            written.host_column.eq(host.write_column),
            written.host_data.eq(host.write_data),
        ]
        if self._momentum:
            m.d.sync += written.host_enable.velocity.eq(host.write_velocity)
            m.d.comb += host.read_velocity.eq(self.word.velocity)
        return m
