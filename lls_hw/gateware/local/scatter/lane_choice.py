"""Choice of the errors that a latent is multiplied with."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.gateware.local.ports import ErrorLanes
from lls_hw.gateware.local.scatter.walk import scatter_tag

__all__ = ["LaneChoice"]


class LaneChoice(wiring.Component):
    """Lanes of the group that have a class; for a classifier, the lane of the latent's class.

    Latency 0.

    Members
    -------
    classes, classifier : stable. tag : of the address.
    lanes : group and mask.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "classes": In(CLASS_BITS + 1),
                "classifier": In(1),
                "tag": In(scatter_tag(config)),
                "lanes": Out(ErrorLanes(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        tag = self.tag
        last_lane = Signal(ceil_log2(self._config.lanes))
        m.d.sync += last_lane.eq(self.classes - 1)
        m.d.comb += self.lanes.group.eq(tag.group)
        for lane, mask in enumerate(self.lanes.mask):
            exists = ~tag.final_group | (lane <= last_lane)
            m.d.comb += mask.eq(Mux(self.classifier, tag.lane == lane, exists))
        return m
