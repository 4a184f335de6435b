"""Weight address: rows of weights of the tile that comes next."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import TilePlace, TileStrobes

__all__ = ["WeightAddress"]


class WeightAddress(wiring.Component):
    """Goes through the weights in the order of the tiles, one row a cycle of `strobes.loading`.

    The weights of an output tile come again for each of its bands.

    Members
    -------
    operation : descriptor, stable from `strobes.start` on.
    strobes, tile : what this cycle is for, and where the present tile lies.
    addr : the row's word, in the same cycle as `strobes.loading`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "strobes": In(TileStrobes()),
                "tile": In(TilePlace()),
                "addr": Out(ceil_log2(config.weight_depth)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        strobes, tile, base = self.strobes, self.tile, self.operation.weight_base
        first, following = (Signal.like(self.addr, name=name) for name in ("first", "following"))
        again = Signal()  # the next tile is the first of this output tile, for another band
        m.d.comb += [
            again.eq(strobes.begin & tile.ends_band & ~tile.ends_output),
            self.addr.eq(Mux(again, first, following)),
        ]
        with m.If(strobes.start):
            m.d.sync += [first.eq(base), following.eq(base)]
        with m.Elif(strobes.loading):
            m.d.sync += following.eq(self.addr + 1)
            with m.If(strobes.begin & tile.ends_output):
                m.d.sync += first.eq(self.addr)
        return m
