"""Sequencer: fetches the descriptors of a program and issues them in order."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import WORDS, Operation
from lls_hw.contract.timing_array import FETCH_CYCLES, SETUP_CYCLES
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT, restricted

__all__ = ["RUN_LAYOUT", "Sequencer"]

RUN_LAYOUT = data.StructLayout({"buffer": 1, "unused": 7, "first": 8})
"""What the host writes into the RUN register."""


class Sequencer(wiring.Component):
    """Runs a program from `run` until its END descriptor.

    A descriptor is fetched in FETCH_CYCLES while the units work on the ones before it. It is
    issued as soon as the units it needs or waits for are idle; an array operation starts
    SETUP_CYCLES later. `program.schedule` computes the same cycles.

    Members
    -------
    run : first descriptor and input buffer; ready while idle. `busy` : a program runs.
    descriptor, local_valid, local_ready : what the local update unit is asked to do.
    operation, gradient : the array's operation, stable until the next one is issued; `x_base`
        includes the input buffer. `start` : it starts.
    array_busy, local_busy : the units work.
    buffer : input buffer of this run.
    index, array_index : number of `descriptor`, of `operation`.
    waiting : an array operation waits for the local update unit alone.
    trained : strobe, a training step has ended.
    program_* : write port of the program memory, 32-bit words.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._depth = config.program_depth * WORDS
        super().__init__(
            {
                "run": In(stream.Signature(RUN_LAYOUT)),
                "busy": Out(1),
                "buffer": Out(1),
                "index": Out(ceil_log2(config.program_depth)),
                "array_index": Out(ceil_log2(config.program_depth)),
                "descriptor": Out(DESCRIPTOR_LAYOUT),
                "local_valid": Out(1),
                "local_busy": In(1),
                "operation": Out(DESCRIPTOR_LAYOUT),
                "gradient": Out(1),
                "start": Out(1),
                "array_busy": In(1),
                "waiting": Out(1),
                "trained": Out(1),
                "program_enable": In(1),
                "program_addr": In(ceil_log2(self._depth)),
                "program_data": In(32),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.program = program = Ram(32, self._depth)
        words = Signal(32 * WORDS)
        addr = Signal(ceil_log2(self._depth))
        count = Signal(range(max(FETCH_CYCLES, SETUP_CYCLES) + 1))
        fetched, stored = self.descriptor, Signal(DESCRIPTOR_LAYOUT)
        for_array, for_local, free = Signal(), Signal(), Signal()
        m.d.comb += [
            program.read.addr.eq(addr),
            program.write.addr.eq(self.program_addr),
            program.write.data.eq(self.program_data),
            program.write.enable.eq(self.program_enable),
            stored.eq(words),
            *(getattr(fetched, n).eq(v) for n, v in restricted(self._config, stored).items()),
            self.gradient.eq(self.operation.operation == Operation.GRADIENT),
            self.busy.eq(1),
            for_local.eq(fetched.operation == Operation.LOCAL),
            for_array.eq(
                (fetched.operation == Operation.FORWARD) | (fetched.operation == Operation.GRADIENT)
            ),
            free.eq(
                ~(self.array_busy & (for_array | fetched.wait_array))
                & ~(self.local_busy & (for_local | fetched.wait_local))
            ),
        ]
        first, bits = self.run.payload.first, range(WORDS.bit_length())
        first_word = sum(first << bit for bit in bits if WORDS >> bit & 1)  # without a multiplier
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(0), self.run.ready.eq(1)]
                m.d.sync += [
                    count.eq(0),
                    self.buffer.eq(self.run.payload.buffer),
                    addr.eq(first_word),
                    self.index.eq(self.run.payload.first),
                ]
                with m.If(self.run.valid):
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.d.sync += [count.eq(count + 1), words.eq(Cat(words[32:], program.read.data))]
                with m.If(count < WORDS):
                    m.d.sync += addr.eq(addr + 1)
                with m.If(count == FETCH_CYCLES - 1):
                    m.d.sync += count.eq(0)
                    m.next = "WAIT"
            with m.State("WAIT"):
                m.d.comb += self.waiting.eq(for_array & ~self.array_busy & self.local_busy)
                m.d.comb += self.local_valid.eq(free & for_local)
                with m.If(free):
                    m.d.sync += self.index.eq(self.index + 1)
                    with m.If(for_array):
                        m.d.sync += self.operation.eq(fetched)
                        m.d.sync += self.operation.x_base.eq(
                            fetched.x_base + Mux(self.buffer, fetched.x_buffer, 0)
                        )
                        m.d.sync += self.array_index.eq(self.index)
                        m.next = "SETUP"
                    with m.Elif(for_local):
                        m.next = "FETCH"
                    with m.Else():
                        m.d.comb += self.trained.eq(fetched.train)
                        m.next = "IDLE"
            with m.State("SETUP"):
                m.d.sync += [count.eq(count + 1), self.start.eq(count == SETUP_CYCLES - 2)]
                with m.If(self.start):
                    m.d.sync += count.eq(0)
                    m.next = "FETCH"
        return m
