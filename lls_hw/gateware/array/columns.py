"""All columns of the engine, side by side."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MAGNITUDE_BITS, NOISE_BITS, OPERAND_BITS, PSUM_BITS
from lls_hw.gateware.array.banks import LatentBanks
from lls_hw.gateware.array.column import Column
from lls_hw.gateware.array.tokens import ColumnOutput, ColumnSettings, token_layout
from lls_hw.gateware.channels.layouts import ChannelParameters
from lls_hw.gateware.memory.weights import word_layout
from lls_hw.gateware.ports import ErrorWrite, LatentRead
from lls_hw.gateware.update.shared_update import UPDATE_COLUMNS, SharedUpdate

__all__ = ["Columns"]


class Columns(wiring.Component):
    """A chain of columns; tokens and settings reach column c after c cycles.

    Two neighbours share the unit that updates their weights.

    Members
    -------
    token, settings : for column 0.
    load : of each column. parameters : of the channel of the column that loads.
    noise, south, north, negative, v, outputs, words : of each column, see `Column`.
    magnitude : OR of the columns' magnitudes, a cycle later.
    latents, errors : read port of the latents, write port of the errors.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

        def each(shape):
            return data.ArrayLayout(shape, config.cols)

        super().__init__(
            {
                "token": In(token_layout(config)),
                "settings": In(ColumnSettings),
                "load": In(config.cols),
                "parameters": In(ChannelParameters),
                "noise": In(each(NOISE_BITS)),
                "south": In(each(signed(PSUM_BITS))),
                "north": In(each(signed(PSUM_BITS))),
                "negative": In(config.cols),
                "v": Out(each(signed(OPERAND_BITS))),
                "outputs": Out(each(ColumnOutput)),
                "words": Out(each(word_layout(config.momentum))),
                "magnitude": Out(MAGNITUDE_BITS),
                "latents": In(LatentRead(config)),
                "errors": In(ErrorWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.banks = banks = LatentBanks(self._config)
        connect(m, flipped(self.latents), banks.latents)
        connect(m, flipped(self.errors), banks.errors)
        columns = [Column(self._config, c) for c in range(self._config.cols)]
        token, settings = self.token, self.settings
        for c, column in enumerate(columns):
            m.submodules[f"column_{c}"] = column
            connect(m, banks.reads[c], column.latents)
            connect(m, banks.writes[c], column.errors)
            m.d.comb += [
                column.token_i.eq(token),
                column.settings_i.eq(settings),
                column.load.eq(self.load[c]),
                column.parameters.eq(self.parameters),
                column.south_i.eq(self.south[c]),
                column.negative_i.eq(self.negative[c]),
                self.v[c].eq(column.v_o),
                self.outputs[c].eq(column.output_o),
                self.words[c].eq(column.change.old),
            ]
            token, settings = column.token_o, column.settings_o
        for c in range(0, len(columns), UPDATE_COLUMNS):
            shared = columns[c : c + UPDATE_COLUMNS]
            m.submodules[f"update_{c}"] = update = SharedUpdate(self._config)
            m.d.comb += [
                update.first.eq(shared[0].token_i.update),
                update.momentum_shift.eq(shared[0].settings_i.update.momentum_shift),
                update.noise.eq(shared[0].token_i.noise),
            ]
            for k, column in enumerate(shared):
                connect(m, update.changes[k], column.change)
                m.d.comb += [
                    update.gradients[k].eq(self.north[c + k]),
                    update.shifts[k].eq(column.update_shift),
                    update.column_noises[k].eq(self.noise[c + k]),
                ]
        m.d.sync += self.magnitude.eq(reduce(or_, (column.magnitude_o for column in columns)))
        return m
