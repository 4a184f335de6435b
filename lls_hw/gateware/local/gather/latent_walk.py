"""Places of a sample's latents."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout

__all__ = ["LatentWalk"]


class LatentWalk(wiring.Component):
    """Steps through the latents of a sample, cell by cell; each cell begins with a new word.

    `load` sets the first place of a sample in the next cycle, `step` the next place; after the
    last latent comes the first one again.

    Members
    -------
    command : stable while walking.
    base : first word of the sample, taken at `load`.
    addr, bank : word and column of the latent.
    first, last : it is the sample's first or last one.
    """

    def __init__(self, config: Config) -> None:
        addr = ceil_log2(config.latent_depth)
        super().__init__(
            {
                "command": In(command_layout(config)),
                "base": In(addr),
                "load": In(1),
                "step": In(1),
                "addr": Out(addr),
                "bank": Out(ceil_log2(config.cols)),
                "first": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command = self.command
        origin, cell, next_cell = (
            Signal.like(self.addr, name=name) for name in ("origin", "cell", "next_cell")
        )
        t, last_t = Signal.like(command.length), Signal.like(command.length)
        channel, last_channel = Signal.like(t), Signal.like(t)
        cell_end = Signal()
        m.d.sync += [last_t.eq(command.length - 1), last_channel.eq(command.channels - 1)]
        m.d.comb += [
            self.first.eq(t == 0),
            self.last.eq(t == last_t),
            cell_end.eq(channel == last_channel),
            next_cell.eq(cell + command.tiles),
        ]
        with m.If(self.load):
            m.d.sync += [origin.eq(self.base), cell.eq(self.base), self.addr.eq(self.base)]
        with m.Elif(self.step):
            m.d.sync += [
                t.eq(t + 1),
                channel.eq(Mux(cell_end, 0, channel + 1)),
                self.bank.eq(Mux(cell_end, 0, self.bank + 1)),
                self.addr.eq(Mux(cell_end, next_cell, self.addr + self.bank.all())),
                cell.eq(Mux(cell_end, next_cell, cell)),
            ]
            with m.If(self.last):
                m.d.sync += [t.eq(0), self.addr.eq(origin), cell.eq(origin)]
        return m
