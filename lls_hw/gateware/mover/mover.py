"""Mover: the third unit of a program, beside the array and the local update unit."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.units import Operation
from lls_hw.gateware.mover.ports import COMMAND_LAYOUT, ELEMENT_BITS, ExternalPort, MovedWeights
from lls_hw.gateware.operation import MOVE_LAYOUT
from lls_hw.gateware.stream_buffer import StreamBuffer

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
        cycle after `command` until its last element has been taken.
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
        depth, external, weights = buffer_depth(self._config), self.external, self.weights
        column_bits = ceil_log2(self._config.cols)
        m.submodules.buffer = buffer = SyncFIFOBuffered(width=ELEMENT_BITS, depth=depth)
        # All that leaves for a memory comes from registers: the memories are far apart.
        m.submodules.commands = commands = StreamBuffer(COMMAND_LAYOUT)
        m.submodules.writes = writes = StreamBuffer(weights.write.payload.shape())
        m.submodules.reads = reads = StreamBuffer(weights.read.payload.shape())
        connect(m, commands.o, flipped(external.command))
        connect(m, writes.o, flipped(weights.write))
        connect(m, reads.o, flipped(weights.read))
        taken, begin, given = buffer.r_stream, Signal(), Signal(MOVE_LAYOUT)
        fill, room = Signal(), Signal(range(depth + 1), init=depth)
        addr, place = Signal.like(given.external_base), Signal(column_bits + len(reads.i.payload))
        # What is left, less one: the sign says that it is nothing.
        asked = Signal(signed(len(given.count) + 1), init=-1)
        left, words = Signal.like(asked), Signal(signed(len(asked) - column_bits), init=-1)
        commanded, read, passed, moved = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            commands.i.valid.eq(~asked[-1] & (~fill | room.any())),
            commands.i.payload.write.eq(~fill),
            commands.i.payload.addr.eq(addr),
            external.read_data.ready.eq(1),
            external.write_data.valid.eq(~fill & taken.valid),
            external.write_data.payload.eq(taken.payload),
            writes.i.valid.eq(fill & taken.valid),
            Cat(writes.i.payload.column, writes.i.payload.addr).eq(place),
            writes.i.payload.value.eq(taken.payload),
            reads.i.valid.eq(~fill & ~words[-1] & room[column_bits:].any()),
            reads.i.payload.eq(place[column_bits:]),
            taken.ready.eq(Mux(fill, writes.i.ready, external.write_data.ready)),
            commanded.eq(commands.i.valid & commands.i.ready),
            read.eq(reads.i.valid & reads.i.ready),
            passed.eq(taken.valid & taken.ready),
            moved.eq(Mux(fill, weights.write.valid & weights.write.ready, passed)),
        ]
        reserved = Mux(fill, commanded, read << column_bits)
        steps = Cat(fill & passed, C(0, column_bits - 1), read)
        count, word = given.count, given.weight_base << column_bits
        brought, waits = buffer.w_stream, commands.o.valid | ~asked[-1] | ~left[-1]
        m.d.sync += [
            begin.eq(self.command.valid),
            given.eq(self.command.payload),
            self.busy.eq(self.command.valid | begin | waits),
            room.eq(room - reserved + passed),
            asked.eq(Mux(begin, count, asked) - (begin | commanded)),
            left.eq(Mux(begin, count, left) - (begin | moved)),
            words.eq(Mux(begin, count >> column_bits, words) - (begin | read)),
            addr.eq(Mux(begin, given.external_base, addr) + commanded),
            place.eq(Mux(begin, word, place) + steps),
            brought.valid.eq(Mux(fill, external.read_data.valid, weights.element.valid)),
            brought.payload.eq(Mux(fill, external.read_data.payload, weights.element.payload)),
        ]
        with m.If(begin):
            m.d.sync += fill.eq(given.operation == Operation.FILL)
        return m
