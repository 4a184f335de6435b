"""Descriptor fetch: from the program memory to the fields of one descriptor."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import WORDS
from lls_hw.contract.timing_sequencer import FETCH_CYCLES
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.operation import (
    ARRAY_LAYOUT,
    HEADER_LAYOUT,
    LOCAL_LAYOUT,
    MOVE_LAYOUT,
    restricted,
)
from lls_hw.gateware.ports import element_write

__all__ = ["DescriptorFetch"]


class DescriptorFetch(wiring.Component):
    """Holds the program and fetches one descriptor after another.

    A descriptor takes FETCH_CYCLES cycles of `fetch`, the last of which is `done`; its fields are
    there in the next cycle and stable until `fetch` is high again. Bits that no program for this
    engine sets are constant.

    Members
    -------
    program : elements of `Space.PROGRAM`.
    restart : the next descriptor is number `first`.
    header, array, local, move : the descriptor, as whatever operation it is of.
    coming : what `header` is in the next cycle, with `fetch`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "program": In(element_write()),
                "restart": In(1),
                "first": In(ceil_log2(config.program_depth)),
                "fetch": In(1),
                "done": Out(1),
                "header": Out(HEADER_LAYOUT),
                "coming": Out(HEADER_LAYOUT),
                "array": Out(ARRAY_LAYOUT),
                "local": Out(LOCAL_LAYOUT),
                "move": Out(MOVE_LAYOUT),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.program = program = Ram(32, self._config.program_depth * WORDS)
        words, count = Signal(32 * WORDS), Signal(range(FETCH_CYCLES + 1))
        addr = Signal.like(program.read.addr)
        m.d.comb += [
            program.write.enable.eq(self.program.valid),
            program.write.addr.eq(self.program.payload.addr),
            program.write.data.eq(self.program.payload.data),
            program.read.addr.eq(addr),
            self.done.eq(count == FETCH_CYCLES - 1),
        ]
        set_bits = (bit for bit in range(WORDS.bit_length()) if WORDS >> bit & 1)
        first_word = sum(self.first << bit for bit in set_bits)  # without a multiplier
        with m.If(self.restart):
            m.d.sync += [addr.eq(first_word), count.eq(0)]
        with m.Elif(self.fetch):
            m.d.sync += [
                words.eq(Cat(words[32:], program.read.data)),
                addr.eq(addr + (count < WORDS)),
                count.eq(count + 1),
            ]
            with m.If(self.done):
                m.d.sync += count.eq(0)
        views = [(view, words) for view in (self.header, self.array, self.local, self.move)]
        for view, place in (*views, (self.coming, words[32:])):
            stored = view.shape()(place[: view.shape().size])
            for name, value in restricted(self._config, stored).items():
                m.d.comb += getattr(view, name).eq(value)
        return m
