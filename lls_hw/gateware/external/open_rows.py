"""Open rows: which row of each bank is open."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.sdram import SdramChip

__all__ = ["OpenRows"]


class OpenRows(wiring.Component):
    """Keeps the last row of each bank that was opened, and whether it still is.

    Changes show in the cycle after. The answer about `bank` and `row` comes in the same cycle.

    Parameters
    ----------
    chip : its banks and rows.

    Members
    -------
    bank, row : what is asked about.
    open : some row of the bank is open. hit : it is this row, if one is open.
    changed_bank, changed_row : of the next three.
    activate : the row opens. precharge : the bank closes. precharge_all : all banks close.
    """

    def __init__(self, chip: SdramChip) -> None:
        self._chip = chip
        bank, row = chip.bank_bits, chip.row_bits
        super().__init__(
            {
                "bank": In(bank),
                "row": In(row),
                "open": Out(1),
                "hit": Out(1),
                "changed_bank": In(bank),
                "changed_row": In(row),
                "activate": In(1),
                "precharge": In(1),
                "precharge_all": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chip = self._chip
        m.submodules.rows = rows = memory.Memory(shape=chip.row_bits, depth=chip.banks, init=[])
        read, write = rows.read_port(domain="comb"), rows.write_port()
        opened = Signal(chip.banks)
        m.d.comb += [read.addr.eq(self.bank), self.hit.eq(read.data == self.row)]
        m.d.comb += self.open.eq(opened.bit_select(self.bank, 1))
        m.d.comb += [
            write.addr.eq(self.changed_bank),
            write.data.eq(self.changed_row),
            write.en.eq(self.activate),
        ]
        with m.If(self.activate | self.precharge):
            m.d.sync += opened.bit_select(self.changed_bank, 1).eq(self.activate)
        with m.If(self.precharge_all):
            m.d.sync += opened.eq(0)
        return m
