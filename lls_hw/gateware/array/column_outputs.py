"""Outputs of one column: activations, signs, and the latents of their cells."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACC_BITS, LATENT_BITS, MAGNITUDE_BITS
from lls_hw.gateware.array.activation import Activation
from lls_hw.gateware.array.cells import CellSums
from lls_hw.gateware.array.normaliser import Normaliser
from lls_hw.gateware.array.tokens import ColumnOutput, ColumnSettings, output_token
from lls_hw.gateware.channels.layouts import ChannelParameters
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory_ports import WritePort

__all__ = ["ColumnOutputs"]


class ColumnOutputs(wiring.Component):
    """From an accumulator's sum to an output, one a cycle.

    `output` follows `total` by CELL_AT + `word_latency(config)` cycles. `token.enable`,
    `token.cell` and `token.first` are taken CELL_AT cycles after `total`, `token.latent_enable` and
    `token.latent_addr` LATENT_AT.

    Members
    -------
    settings : of the operation.
    total : sum; `emit` says that it is complete and counts for the magnitude.
    token : cell of the output, and where its latent goes.
    output : activation or average of the cell, and the sign.
    parameters : of the channel, PARAMETERS_AT cycles after `total`; an engine without channel
        states does not look at them.
    magnitude : OR of the magnitudes since `settings.clear`.
    latents : write port of the latents.
    """

    CELL_AT = Activation.LATENCY
    LATENT_AT = CELL_AT + CellSums.TOTAL_LATENCY
    PARAMETERS_AT = CELL_AT + CellSums.AVERAGE_LATENCY + Normaliser.SCALE_AT

    def __init__(self, config: Config) -> None:
        self._normalises = config.channel_depth > 0
        super().__init__(
            {
                "settings": In(ColumnSettings),
                "total": In(signed(ACC_BITS)),
                "emit": In(1),
                "token": In(output_token(config)),
                "parameters": In(ChannelParameters),
                "output": Out(ColumnOutput),
                "magnitude": Out(MAGNITUDE_BITS),
                "latents": Out(WritePort(config.latent_depth, LATENT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        settings, token = self.settings, self.token
        m.submodules.activation = activation = Activation(self._normalises)
        m.submodules.cells = cells = CellSums(self._normalises)
        negative = delay(m, activation.negative, cells.AVERAGE_LATENCY, "negative")
        if self._normalises:
            m.submodules.normaliser = normaliser = Normaliser()
            wide = delay(m, activation.wide, cells.AVERAGE_LATENCY, "wide")
            negative = delay(m, negative, normaliser.LATENCY, "negative_late")
            m.d.comb += [
                normaliser.v.eq(Mux(settings.average, cells.wide, wide)),
                normaliser.scale.eq(self.parameters.scale),
                normaliser.mean.eq(self.parameters.mean),
                self.output.h.eq(normaliser.x),
            ]
        else:
            h = delay(m, activation.h, cells.AVERAGE_LATENCY, "h")
            m.d.comb += self.output.h.eq(Mux(settings.average, cells.average, h))
        m.d.comb += [
            activation.z.eq(self.total),
            activation.valid.eq(self.emit),
            activation.shift.eq(settings.act_shift),
            activation.linear.eq(settings.linear),
            activation.clear.eq(settings.clear),
            cells.value.eq(activation.latent),
            cells.enable.eq(token.enable),
            cells.cell.eq(token.cell),
            cells.first.eq(token.first),
            cells.shift.eq(settings.average_shift),
            self.output.negative.eq(negative),
            self.magnitude.eq(activation.magnitude),
            self.latents.addr.eq(token.latent_addr),
            self.latents.data.eq(cells.total),
            self.latents.enable.eq(token.latent_enable),
        ]
        return m
