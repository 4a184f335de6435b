"""Walks over the channel states of an operation's output tiles."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS

__all__ = ["ChannelWalker"]


class ChannelWalker(wiring.Component):
    """Addresses of an output tile's channels, one a cycle, from the cycle after `tile` on.

    Strobes of `tile` are at least as many cycles apart as the array has columns; as many count as
    the operation has output tiles.

    Members
    -------
    restart : the next tile is the first one. base, tiles : first address, output tiles; stable.
    tile : to the next output tile.
    enable, column, addr : of a channel.
    """

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        addr = ceil_log2(config.channel_depth)
        super().__init__(
            {
                "restart": In(1),
                "base": In(addr),
                "tiles": In(FIELDS["out_tiles"]),
                "tile": In(1),
                "enable": Out(1),
                "column": Out(range(config.cols)),
                "addr": Out(addr),
            }
        )

    def elaborate(self, platform):
        m = Module()
        left = Signal.like(self.tiles)
        with m.If(self.enable):
            m.d.sync += [self.column.eq(self.column + 1), self.addr.eq(self.addr + 1)]
            with m.If(self.column == self._cols - 1):
                m.d.sync += self.enable.eq(0)
        with m.If(self.tile & left.any()):
            m.d.sync += [self.enable.eq(1), self.column.eq(0), left.eq(left - 1)]
        with m.If(self.restart):
            m.d.sync += [self.addr.eq(self.base), left.eq(self.tiles)]
        return m
