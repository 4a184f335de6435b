"""Control registers."""

from functools import reduce
from operator import or_

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.description import WORDS, describe
from lls_hw.contract.registers import (
    COUNTERS,
    DESCRIPTION_START,
    DIGEST,
    MAGIC,
    TEST_RESULTS,
    Register,
)
from lls_hw.gateware.bus import DATA_BITS
from lls_hw.gateware.counters import CounterValues
from lls_hw.gateware.host.places import (
    STORED,
    RegisterValues,
    port_name,
    register_shape,
    write_signature,
)
from lls_hw.gateware.ports import ElementRead

__all__ = ["RegisterFile"]

_PLACE_BITS = ceil_log2(WORDS)
assert DESCRIPTION_START % (1 << _PLACE_BITS) == 0


class RegisterFile(wiring.Component):
    """Keeps the registers that the host writes, and answers reads of all of them.

    After the registers, from `DESCRIPTION_START` on, lies the description of the engine.

    A value is there from the cycle after its write on. `read.data` follows `read.addr` by
    `LATENCY` cycles; what cannot be read is zero.

    Members
    -------
    <register>_write : values for each stored register, named like it in lower case.
    <register> : its value.
    trained : strobe, a training step has ended: the step number goes up by one.
    counters : of the last run. test : results of the memory test.
    read : an element of `Space.CONTROL`.
    """

    LATENCY = 2

    def __init__(self, config: Config) -> None:
        self._digest = config.digest
        self._description = [*describe(config), *[0] * ((1 << _PLACE_BITS) - WORDS)]
        super().__init__(
            {
                **{f"{port_name(r)}_write": In(write_signature(r)) for r in STORED},
                **{port_name(register): Out(register_shape(register)) for register in STORED},
                "trained": In(1),
                "counters": In(CounterValues()),
                "test": In(RegisterValues(TEST_RESULTS)),
                "read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        with m.If(self.trained):
            m.d.sync += self.step.eq(self.step + 1)
        for register in STORED:
            name = port_name(register)
            write, value = getattr(self, f"{name}_write"), getattr(self, name)
            with m.If(write.valid):
                m.d.sync += value.eq(write.payload)

        clock, digest = Signal(DATA_BITS), DIGEST.unpack(self._digest)
        m.d.sync += clock.eq(clock + 1)
        stored = {r: getattr(self, port_name(r)) for r in STORED if "r" in r.access}
        counters = {r: getattr(self.counters, port_name(r)) for r in COUNTERS}
        test = {r: getattr(self.test, port_name(r)) for r in TEST_RESULTS}
        sources = {
            Register.MAGIC: MAGIC,
            Register.DIGEST_LOW: digest["low"],
            Register.DIGEST_HIGH: digest["high"],
            Register.CLOCK: clock,
            **stored,
            **counters,
            **test,
        }
        chosen = Signal(len(sources))
        for bit, register in zip(chosen, sources, strict=True):
            m.d.sync += bit.eq(self.read.addr == register)
        place, block = self.read.addr[:_PLACE_BITS], self.read.addr[_PLACE_BITS:]
        inside = block == DESCRIPTION_START >> _PLACE_BITS
        description = Signal(DATA_BITS)
        m.d.sync += description.eq(Mux(inside, Array(self._description)[place], 0))
        words = [Mux(bit, word, 0) for bit, word in zip(chosen, sources.values(), strict=True)]
        m.d.sync += self.read.data.eq(reduce(or_, words, description))
        return m
