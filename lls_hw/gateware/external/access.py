"""Access: from commands of the native port to operations of the chip."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram import SdramChip
from lls_hw.contract.sdram_cycles import COMMAND_LATENCY
from lls_hw.gateware.external.open_rows import OpenRows
from lls_hw.gateware.external.ports import Operation, command_layout

__all__ = ["Access"]


class Access(wiring.Component):
    """Reads and writes words in order, and opens the rows that they need.

    A command enters a register; LATENCY cycles after it was accepted, its operation may leave. If
    its bank has no open row, ACTIVATE comes first; if it has another, PRECHARGE before. The next
    command enters in the cycle in which a READ or WRITE leaves, so both can leave in every cycle.

    Parameters
    ----------
    chip : its banks, rows and columns.

    Members
    -------
    command : words to read and write.
    ready : an operation may leave. may_precharge, may_write : these two as well.
    precharge_all : all banks close, by somebody else's operation.
    operation, a, ba : in this cycle, with the address and bank of the waiting command.
    """

    LATENCY = COMMAND_LATENCY

    def __init__(self, chip: SdramChip) -> None:
        self._chip = chip
        super().__init__(
            {
                "command": In(stream.Signature(command_layout(chip))),
                "ready": In(1),
                "may_precharge": In(1),
                "may_write": In(1),
                "precharge_all": In(1),
                "operation": Out(Operation, init=Operation.NOP),
                "a": Out(chip.row_bits),
                "ba": Out(chip.bank_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chip = self._chip
        m.submodules.rows = rows = OpenRows(chip)
        column, row = Signal(chip.column_bits), Signal(chip.row_bits)
        valid, write, open_, hit = (Signal(name=n) for n in ("valid", "write", "open", "hit"))
        activate, precharge, access = Signal(), Signal(), Signal()
        address = self.command.payload.address
        m.d.comb += [
            Cat(Signal(chip.column_bits, name="ignored"), rows.bank, rows.row).eq(address),
            rows.changed_bank.eq(self.ba),
            rows.changed_row.eq(row),
            rows.activate.eq(activate),
            rows.precharge.eq(precharge),
            rows.precharge_all.eq(self.precharge_all),
            activate.eq(self.ready & valid & ~open_),
            precharge.eq(self.ready & valid & open_ & ~hit & self.may_precharge),
            access.eq(self.ready & valid & open_ & hit & (self.may_write | ~write)),
            # With a bank open, all that can leave needs the column, or address pin 10 low.
            self.a.eq(Mux(open_, column, row)),
            self.command.ready.eq(access | ~valid),
        ]
        m.d.comb += self.operation.eq(Operation.NOP)
        with m.If(activate):
            m.d.comb += self.operation.eq(Operation.ACTIVATE)
        with m.Elif(precharge):
            m.d.comb += self.operation.eq(Operation.PRECHARGE)
        with m.Elif(access & write):
            m.d.comb += self.operation.eq(Operation.WRITE)
        with m.Elif(access):
            m.d.comb += self.operation.eq(Operation.READ)
        with m.If(self.command.ready):
            m.d.sync += [valid.eq(self.command.valid), write.eq(self.command.payload.write)]
            m.d.sync += Cat(column, self.ba, row).eq(address)
            m.d.sync += [open_.eq(rows.open), hit.eq(rows.hit)]
        with m.If(activate):
            m.d.sync += [open_.eq(1), hit.eq(1)]
        # A command that enters in this cycle was told of a row that now closes.
        with m.If(precharge | self.precharge_all):
            m.d.sync += open_.eq(0)
        return m
