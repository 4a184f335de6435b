"""Maintenance: the operations that nobody asks for, after power-up and to refresh."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram import SdramChip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.ports import ALL_BANKS, Operation
from lls_hw.gateware.external.refresh_timer import RefreshTimer

__all__ = ["Maintenance", "mode_register"]

_CAS_LATENCY_BIT = 4
"""Lowest bit of the CAS latency in the mode register; burst length 1 is zero everywhere else."""


def mode_register(chip: SdramChip) -> int:
    """Mode of the chip: burst length 1, sequential, the chip's CAS latency."""
    return chip.timing.cas_latency << _CAS_LATENCY_BIT


class Maintenance(wiring.Component):
    """Initialises the chip and refreshes it.

    After power-up it waits for as many refresh intervals as the chip needs, closes all banks,
    refreshes them several times and sets the mode. From then on a refresh that is due takes the
    chip: REFRESH_LATENCY cycles later `active` keeps everybody else from it; as soon as rows may be
    closed, PRECHARGE, and `precharge` cycles later REFRESH.

    Parameters
    ----------
    cycles : the chip at its clock.

    Members
    -------
    ready : the pause after the last operation is over. may_precharge : rows may be closed.
    active : the chip is taken. asleep : it has not had its first command.
    operation : in this cycle. a : its address.
    """

    def __init__(self, cycles: SdramCycles) -> None:
        self._cycles = cycles
        super().__init__(
            {
                "ready": In(1),
                "may_precharge": In(1),
                "active": Out(1),
                "asleep": Out(1),
                "operation": Out(Operation, init=Operation.NOP),
                "a": Out(cycles.chip.row_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.timer = timer = RefreshTimer(self._cycles.refresh_interval)
        intervals = self._cycles.power_up_intervals
        refreshes = self._cycles.chip.timing.power_up_refreshes
        left = Signal(range(max(intervals, refreshes)), init=intervals - 1)
        started = Signal()
        m.d.comb += [self.active.eq(1), self.a.eq(1 << ALL_BANKS)]
        m.d.comb += self.operation.eq(Operation.NOP)
        with m.FSM():
            with m.State("power up"):
                m.d.comb += [self.asleep.eq(1), timer.done.eq(timer.due)]
                with m.If(timer.due):
                    m.d.sync += left.eq(left - 1)
                    with m.If(left == 0):
                        m.d.sync += left.eq(refreshes - 1)
                        m.next = "precharge"
            with m.State("precharge"):
                with m.If(self.ready & self.may_precharge):
                    m.d.comb += self.operation.eq(Operation.PRECHARGE)
                    m.next = "refresh"
            with m.State("refresh"):
                with m.If(self.ready):
                    m.d.comb += [self.operation.eq(Operation.REFRESH), timer.done.eq(1)]
                    with m.If(started):
                        m.next = "access"
                    with m.Elif(left == 0):
                        m.next = "mode"
                    with m.Else():
                        m.d.sync += left.eq(left - 1)
            with m.State("mode"):
                m.d.comb += self.a.eq(mode_register(self._cycles.chip))
                with m.If(self.ready):
                    m.d.comb += self.operation.eq(Operation.MODE)
                    m.d.sync += started.eq(1)
                    m.next = "access"
            with m.State("access"):
                m.d.comb += self.active.eq(0)
                with m.If(timer.due):
                    m.next = "precharge"
        return m
