"""Outputs of all columns: from the columns' skew to the memories."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.array.column_outputs import ColumnOutputs
from lls_hw.gateware.array.max_pool import MaxPool
from lls_hw.gateware.array.output_place import OutputPlace
from lls_hw.gateware.array.tokens import ColumnOutput, output_token
from lls_hw.gateware.channels.ports import OutputWords
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.activations import ActivationWrite
from lls_hw.gateware.memory_ports import WritePort
from lls_hw.gateware.operation import ARRAY_LAYOUT

__all__ = ["OutputEdge"]


class OutputEdge(wiring.Component):
    """Says where the outputs of a forward operation go, and takes them there.

    Column c has its output CELL_AT + `word_latency(config)` + c cycles after `emit`; `signs` writes
    them when the last column has its own, `activations` MaxPool.LATENCY cycles later. One pixel a
    cycle.

    Members
    -------
    operation : stable. start : strobe.
    emit : column 0 has the complete sum of an output tile's next pixel.
    token : cell of that pixel, for column 0. outputs : of the columns.
    signs, activations : write ports. Outputs of the classifier are no activations.
    words : the activations as they are written.
    tile : the last pixel of an output tile has been added to its cell (column 0).
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "start": In(1),
                "emit": In(1),
                "token": Out(output_token(config)),
                "outputs": In(data.ArrayLayout(ColumnOutput, config.cols)),
                "signs": Out(WritePort(config.sign_depth, config.cols)),
                "activations": Out(ActivationWrite(config)),
                "words": Out(OutputWords(config)),
                "tile": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op, token = self._config, self.operation, self.token
        m.submodules.place = place = OutputPlace(config)
        m.submodules.pool = pool = MaxPool(config.cols, config.max_width)
        m.d.comb += [
            place.operation.eq(op),
            place.restart.eq(self.start),
            place.step.eq(delay(m, self.emit, ColumnOutputs.CELL_AT, "emit")),
            place.written.eq(pool.ready),
            token.enable.eq(place.step),
            token.cell.eq(place.cell),
            token.first.eq(place.cell_first),
            token.latent_addr.eq(place.latent_addr),
            token.latent_enable.eq(place.latent_enable),
            pool.enable.eq(op.pool),
            pool.valid.eq(place.word_valid),
            pool.column.eq(place.word_column),
            pool.odd_row.eq(place.word_odd_row),
            pool.odd_column.eq(place.word_odd_column),
            self.signs.enable.eq(place.sign_enable),
            self.signs.addr.eq(place.sign_addr),
            self.activations.enable.eq(pool.ready & ~op.classifier),
            self.activations.addr.eq(place.act_addr),
            self.activations.part.eq(place.act_part),
            self.activations.data.eq(pool.o),
            self.words.word.eq(pool.o),
            self.words.written.eq(self.activations.enable),
            self.words.tile_end.eq(place.tile_written),
            self.tile.eq(place.tile_end),
        ]
        for c in range(config.cols):
            output = delay(m, self.outputs[c], config.cols - 1 - c, f"output_{c}")
            m.d.comb += [pool.i[c].eq(output.h), self.signs.data[c].eq(output.negative)]
        return m
