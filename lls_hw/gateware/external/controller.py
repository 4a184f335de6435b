"""SDRAM controller: a native port of three streams on the pins of an SDR SDRAM."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.access import Access
from lls_hw.gateware.external.countdown import Countdown
from lls_hw.gateware.external.data_path import DataPath
from lls_hw.gateware.external.maintenance import Maintenance
from lls_hw.gateware.external.ports import NativePort, Operation, SdramPins

__all__ = ["SdramController"]


class SdramController(wiring.Component):
    """Initialises and refreshes a chip, and reads and writes its words in order.

    Read latency COMMAND_LATENCY + PIN_LATENCY + `capture`; throughput one word a cycle while the
    row is open. `lls_hw.gateware.external` has the other formulas. Nothing has a reset: the chip is
    initialised once after the bitstream has been loaded.

    Parameters
    ----------
    cycles : the chip at its clock.

    Members
    -------
    port : the words. capture : see `DataPath`.
    pins : all but the chip's clock, which the PLL makes.
    """

    def __init__(self, cycles: SdramCycles) -> None:
        self._cycles = cycles
        super().__init__(
            {
                "port": In(NativePort(cycles.chip)),
                "capture": In(range(cycles.MOST_CAPTURE + 1), init=cycles.capture),
                "pins": Out(SdramPins(cycles.chip)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        cycles = self._cycles
        m.submodules.pause = pause = Countdown(
            {
                Operation.ACTIVATE: cycles.activate,
                Operation.PRECHARGE: cycles.precharge,
                Operation.REFRESH: cycles.refresh,
                Operation.MODE: cycles.mode,
            }
        )
        m.submodules.hold = hold = Countdown(
            {Operation.ACTIVATE: cycles.row_active, Operation.WRITE: cycles.write_recovery}
        )
        m.submodules.maintenance = maintenance = Maintenance(cycles)
        m.submodules.access = access = Access(cycles.chip)
        m.submodules.data = data = DataPath(cycles)
        connect(m, flipped(self.port.command), access.command)
        connect(m, flipped(self.port.write_data), data.write_data)
        connect(m, data.read_data, flipped(self.port.read_data))
        operation = Signal(Operation)
        # One of the two has an operation at a time, and the other's NOP is all ones.
        chosen = access.operation.as_value() & maintenance.operation.as_value()
        m.d.comb += [
            operation.eq(chosen),
            pause.operation.eq(operation),
            hold.operation.eq(operation),
            data.operation.eq(operation),
            data.capture.eq(self.capture),
            data.dq_i.eq(self.pins.dq_i),
            maintenance.ready.eq(pause.over),
            maintenance.may_precharge.eq(hold.over),
            access.ready.eq(pause.over & ~maintenance.active),
            access.may_precharge.eq(hold.over),
            access.may_write.eq(data.may_write),
            access.precharge_all.eq(maintenance.operation == Operation.PRECHARGE),
        ]
        pins = self.pins
        m.d.comb += [pins.dq_o.eq(data.dq_o), pins.dq_oe.eq(data.dq_oe), pins.cke.eq(1)]
        m.d.sync += [
            Cat(pins.we_n, pins.cas_n, pins.ras_n).eq(operation),
            pins.a.eq(Mux(maintenance.active, maintenance.a, access.a)),
            pins.ba.eq(Mux(maintenance.active, 0, access.ba)),
            pins.dqm.eq(maintenance.asleep.replicate(len(pins.dqm))),
        ]
        return m
