"""Mover: the third unit of a program, beside the array and the local update unit."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import MOVE
from lls_hw.contract.units import Operation
from lls_hw.gateware.mover.ports import ELEMENT_BITS, ExternalPort, MovedWeights
from lls_hw.gateware.operation import MOVE_LAYOUT

__all__ = ["Mover", "buffer_depth"]


def buffer_depth(config: Config) -> int:
    """Elements between the memories: two words, or what hides the external memory's latency."""
    return max(2 * config.cols, 32)


class Mover(wiring.Component):
    """Moves weights between the external memory and the weight memory while the array works.

    FILL reads the external memory as fast as it answers; WRITE_BACK writes it as fast as it takes.
    Either moves one element a cycle at best. The array has the weight memory first: the mover takes
    the cycles that are left. `contract.timing_mover.move_cycles` predicts the time of an operation.

    Members
    -------
    command : descriptor; taken at once, while not busy. busy : an operation is under way, from the
        cycle after `command` to the one after its last element.
    external, weights : the memories.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(MOVE_LAYOUT, always_ready=True)),
                "busy": Out(1),
                "external": Out(ExternalPort()),
                "weights": Out(MovedWeights(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        depth, cols = buffer_depth(self._config), self._config.cols
        m.submodules.buffer = buffer = SyncFIFOBuffered(width=ELEMENT_BITS, depth=depth)
        brought, taken = buffer.w_stream, buffer.r_stream
        given, external, weights = self.command.payload, self.external, self.weights
        asked, left = Signal(MOVE["count"].bits), Signal(MOVE["count"].bits)
        addr, word, column = (
            Signal.like(external.command.payload.addr),
            Signal.like(weights.read.payload),
            Signal(ceil_log2(cols)),
        )
        fill, words, room = Signal(), Signal.like(asked), Signal(range(depth + 1), init=depth)
        commanded, read, moved = Signal(), Signal(), Signal()
        m.d.comb += [
            external.command.valid.eq(asked.any() & (~fill | room.any())),
            external.command.payload.write.eq(~fill),
            external.command.payload.addr.eq(addr),
            external.read_data.ready.eq(1),
            external.write_data.valid.eq(~fill & taken.valid),
            external.write_data.payload.eq(taken.payload),
            weights.write.valid.eq(fill & taken.valid),
            weights.write.payload.addr.eq(word),
            weights.write.payload.column.eq(column),
            weights.write.payload.value.eq(taken.payload),
            weights.read.valid.eq(~fill & words.any() & (room >= cols)),
            weights.read.payload.eq(word),
            brought.valid.eq(Mux(fill, external.read_data.valid, weights.element.valid)),
            brought.payload.eq(Mux(fill, external.read_data.payload, weights.element.payload)),
            taken.ready.eq(moved),
            commanded.eq(external.command.valid & external.command.ready),
            read.eq(weights.read.valid & weights.read.ready),
            moved.eq(
                Mux(
                    fill,
                    weights.write.valid & weights.write.ready,
                    external.write_data.valid & external.write_data.ready,
                )
            ),
        ]
        reserved = Mux(fill, commanded, Mux(read, cols, 0))
        m.d.sync += [
            self.busy.eq(self.command.valid | left.any() | asked.any()),
            room.eq(room - reserved + moved),
            asked.eq(asked - commanded),
            addr.eq(addr + commanded),
            left.eq(left - moved),
            words.eq(words - Mux(read, cols, 0)),
            column.eq(column + moved),
            word.eq(word + Mux(fill, moved & (column == cols - 1), read)),
        ]
        with m.If(self.command.valid):
            m.d.sync += [
                fill.eq(given.operation == Operation.FILL),
                asked.eq(given.count),
                left.eq(given.count),
                words.eq(given.count),
                addr.eq(given.external_base),
                word.eq(given.weight_base),
                column.eq(0),
            ]
        return m
