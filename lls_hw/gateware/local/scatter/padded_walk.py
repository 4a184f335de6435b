"""Places of a sample's errors, padding included."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.widths import LENGTH_BITS

__all__ = ["PaddedWalk"]


class PaddedWalk(wiring.Component):
    """Steps through all columns of the words of a sample.

    `clear` sets the first place in the next cycle, `step` the next one. Columns after the last
    channel of a cell are padding.

    Members
    -------
    command : stable while walking. base : first word of the sample, taken at `clear`.
    addr, bank : word and column.
    latent : number of the latent; of padding, of the latent after it.
    following : the same of the next place.
    pad : no latent is there. last : last place of the sample.
    """

    def __init__(self, config: Config) -> None:
        addr = ceil_log2(config.latent_depth)
        super().__init__(
            {
                "command": In(command_layout(config)),
                "base": In(addr),
                "clear": In(1),
                "step": In(1),
                "addr": Out(addr),
                "bank": Out(ceil_log2(config.cols)),
                "latent": Out(LENGTH_BITS + 1),
                "following": Out(LENGTH_BITS + 1),
                "pad": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command = self.command
        word, tile = Signal.like(command.words), Signal.like(command.tiles)
        channel, last_channel = Signal.like(self.latent), Signal.like(self.latent)
        last_tile, cell_end, word_end = Signal(), Signal(), Signal()
        m.d.sync += last_channel.eq(command.channels - 1)
        m.d.comb += [
            cell_end.eq((channel == last_channel) | self.pad),
            word_end.eq(self.bank.all()),
            last_tile.eq(tile == command.tiles),
            self.following.eq(self.latent + ~self.pad),
            self.last.eq(word_end & (word == command.words)),
        ]
        with m.If(self.clear):
            m.d.sync += [
                self.addr.eq(self.base),
                self.bank.eq(0),
                self.latent.eq(0),
                self.pad.eq(0),
                channel.eq(0),
                word.eq(1),
                tile.eq(1),
            ]
        with m.Elif(self.step):
            m.d.sync += [
                self.addr.eq(self.addr + word_end),
                self.bank.eq(self.bank + 1),
                self.latent.eq(self.following),
                self.pad.eq(cell_end & ~(word_end & last_tile)),
                channel.eq(Mux(cell_end, 0, channel + 1)),
            ]
            with m.If(word_end):
                m.d.sync += [word.eq(word + 1), tile.eq(Mux(last_tile, 1, tile + 1))]
        return m
