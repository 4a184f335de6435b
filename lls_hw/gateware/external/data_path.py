"""Data path: words to and from the data pins."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram_cycles import PIN_LATENCY, SdramCycles
from lls_hw.gateware.external.countdown import Countdown
from lls_hw.gateware.external.ports import Operation

__all__ = ["DataPath"]


class DataPath(wiring.Component):
    """Drives the bus with a word for every WRITE, and takes the words of every READ from it.

    A word that is written leaves with its operation, after PIN_LATENCY. One that is read arrives
    PIN_LATENCY + `capture` cycles after the READ.

    Parameters
    ----------
    cycles : the chip at its clock.

    Members
    -------
    operation : in this cycle. may_write : a word waits, and the bus will be free.
    capture : cycles from a READ at the pins to its word in the capturing register, at least 1. What
        `SdramCycles` computes unless something drives it; it may change while no read is under way.
    write_data, read_data : words of the native port. dq_o, dq_oe, dq_i : pins.
    """

    def __init__(self, cycles: SdramCycles) -> None:
        self._cycles = cycles
        width = cycles.chip.width
        super().__init__(
            {
                "operation": In(Operation),
                "may_write": Out(1),
                "capture": In(range(cycles.MOST_CAPTURE + 1), init=cycles.capture),
                "write_data": In(stream.Signature(width)),
                "read_data": Out(stream.Signature(width, always_ready=True)),
                "dq_o": Out(width),
                "dq_oe": Out(width),
                "dq_i": In(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.bus = bus = Countdown({Operation.READ: self._cycles.turnaround})
        reads = Signal(PIN_LATENCY + self._cycles.MOST_CAPTURE)
        # Equal registers, one in the IO cell of each pin, whose tristate input is active low.
        # One signal each: synthesis merges equal bits of one register.
        own_disable = [Signal(init=1, name=f"own_disable_{bit}") for bit in range(len(self.dq_oe))]
        writes = self.operation == Operation.WRITE
        m.d.comb += [
            bus.operation.eq(self.operation),
            self.may_write.eq(bus.over & self.write_data.valid),
            self.write_data.ready.eq(writes),
            self.dq_oe.eq(~Cat(own_disable)),
            self.read_data.valid.eq(reads.bit_select(self.capture, 1)),
        ]
        m.d.sync += [
            self.dq_o.eq(self.write_data.payload),
            Cat(own_disable).eq((~writes).replicate(len(own_disable))),
            self.read_data.payload.eq(self.dq_i),
            reads.eq(Cat(self.operation == Operation.READ, reads)),
        ]
        return m
