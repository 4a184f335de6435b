"""One column of the engine: its memories and everything between them and the array."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    LATENT_BITS,
    MAGNITUDE_BITS,
    OPERAND_BITS,
    PSUM_BITS,
    UPDATE_SHIFT_MAX,
)
from lls_hw.gateware.array.accumulator import Accumulator
from lls_hw.gateware.array.column_outputs import ColumnOutputs
from lls_hw.gateware.array.operand import Operand
from lls_hw.gateware.array.tokens import ColumnOutput, ColumnSettings, token_layout
from lls_hw.gateware.channels.layouts import ChannelParameters
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory.weights import WeightChange, WeightStore
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = ["Column"]


class Column(wiring.Component):
    """Weight, accumulator, latent and error memories of one column, with its units.

    Its parts say which cycle each part of a token belongs to: `Operand` from an address to
    `v_o`, `Accumulator` from an address to the sum of `south_i`, `ColumnOutputs` from there to
    `output_o`, `WeightStore` from an address to a word. Tokens and settings leave for the next
    column after one cycle.

    Parameters
    ----------
    config : engine configuration.
    index : number of this column.

    Members
    -------
    token_i, token_o, settings_i, settings_o : from the west, to the east.
    load, parameters : of its channel, if the engine has channel states; taken with `load`.
    south_i : sums of the array. v_o : its second operand.
    negative_i : sign of the output whose error is read.
    output_o, magnitude_o : what becomes of the sums.
    change : the word that has been read, and what becomes of it; update_shift : of its gradient.
    latents, errors : read port of the latents, write port of the errors.
    """

    def __init__(self, config: Config, index: int) -> None:
        self._config = config
        self._index = index
        super().__init__(
            {
                "token_i": In(token_layout(config)),
                "token_o": Out(token_layout(config)),
                "settings_i": In(ColumnSettings),
                "settings_o": Out(ColumnSettings),
                "load": In(1),
                "parameters": In(ChannelParameters),
                "v_o": Out(signed(OPERAND_BITS)),
                "south_i": In(signed(PSUM_BITS)),
                "negative_i": In(1),
                "output_o": Out(ColumnOutput),
                "magnitude_o": Out(MAGNITUDE_BITS),
                "change": In(WeightChange(config.momentum)),
                "update_shift": Out(range(UPDATE_SHIFT_MAX + 1)),
                "latents": In(ReadPort(config.latent_depth, signed(LATENT_BITS))),
                "errors": In(WritePort(config.latent_depth, signed(LATENT_BITS))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, token, settings = self._config, self.token_i, self.settings_i
        m.submodules.weights = weights = WeightStore(config, self._index)
        m.submodules.errors = errors = Ram(LATENT_BITS, config.latent_depth)
        m.submodules.latents = latents = Ram(LATENT_BITS, config.latent_depth)
        m.submodules.operand = operand = Operand(config)
        m.submodules.sums = sums = Accumulator(config)
        m.submodules.outputs = outputs = ColumnOutputs(config)

        connect(m, operand.errors, errors.read)
        connect(m, flipped(self.errors), errors.write)
        connect(m, outputs.latents, latents.write)
        connect(m, flipped(self.latents), latents.read)
        connect(m, flipped(self.change), weights.change)
        m.d.sync += [self.token_o.eq(token), self.settings_o.eq(settings)]
        m.d.comb += [
            weights.access.eq(token.weights),
            operand.gradient.eq(settings.gradient),
            operand.weight.eq(weights.change.old.weight),
            operand.token.eq(token.error),
            operand.negative.eq(self.negative_i),
            self.v_o.eq(operand.v),
            sums.token.eq(token.sum),
            sums.south.eq(self.south_i),
            outputs.settings.eq(settings),
            outputs.total.eq(sums.total),
            outputs.emit.eq(token.sum.emit),
            outputs.token.eq(token.output),
            self.output_o.eq(outputs.output),
            self.magnitude_o.eq(outputs.magnitude),
            self.update_shift.eq(settings.update.shift),
        ]
        if config.channel_depth:
            with m.If(self.load):
                m.d.sync += outputs.parameters.eq(self.parameters)
            m.d.comb += self.update_shift.eq(outputs.parameters.update_shift)
        return m
