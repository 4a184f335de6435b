"""Trace of a run: when each operation began and ended."""

from amaranth.hdl import Array, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.trace import trace_stride
from lls_hw.contract.units import units_of
from lls_hw.gateware.delay import delay
from lls_hw.gateware.ports import ElementRead
from lls_hw.gateware.unit_trace import UnitEvents, UnitTrace

__all__ = ["Trace"]


class Trace(wiring.Component):
    """Keeps the cycle numbers of the starts and ends of all operations, by descriptor.

    `contract.trace.trace_address` says where. Each unit has a memory of its own, because events of
    several units may coincide. `read.data` follows `read.addr` by `LATENCY` cycles.

    Members
    -------
    cycle : cycles of the run so far, this one included.
    <unit> : what each `Unit` does, named like it in lower case.
    read : an element of `Space.TRACE`.
    """

    LATENCY = UnitTrace.LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        self._names = [unit.name.lower() for unit in units_of(config)]
        super().__init__(
            {
                "cycle": In(32),
                **{name: In(UnitEvents(config)) for name in self._names},
                "read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        answers = []
        for name in self._names:
            m.submodules[name] = trace = UnitTrace(self._config)
            connect(m, flipped(getattr(self, name)), trace.events)
            m.d.comb += [trace.cycle.eq(self.cycle), trace.read.addr.eq(self.read.addr)]
            answers.append(trace.read.data)
        unit = self.read.addr[ceil_log2(trace_stride(self._config)) :][: ceil_log2(len(answers))]
        m.d.comb += self.read.data.eq(Array(answers)[delay(m, unit, self.LATENCY, "unit")])
        return m
