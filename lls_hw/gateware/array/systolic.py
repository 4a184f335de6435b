"""Systolic array of processing elements."""

from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ACT_BITS, OPERAND_BITS, PSUM_BITS
from lls_hw.gateware.array.pe import ProcessingElement
from lls_hw.gateware.array.skew import Skew
from lls_hw.gateware.control import Control

__all__ = ["SystolicArray"]


class SystolicArray(wiring.Component):
    """rows x cols processing elements: x moves east, v south, sums south or north.

    x and control enter unskewed; row r sees them r cycles late (``load`` 2 r cycles late: the
    weights of a tile follow each other south, one row a cycle, first row first). v of column c
    must be c cycles late, and the sums of column c leave c cycles late.

    With x_i of a beat in cycle t, forward sums of column c are at ``south_o[c]`` in cycle
    t + forward_latency(rows) + c; with ``last`` in cycle t, the gradient of row r and column c is
    at ``north_o[c]`` in cycle t + gradient_latency(r) + c. Both are functions of
    `lls_hw.contract.latency`.

    Tiles may follow each other without a gap when a forward tile takes at least ``rows`` beats
    and the last beats of gradient tiles are at least ``2 rows`` cycles apart. A load may begin
    with the first beat of the tile before.

    Parameters
    ----------
    rows, cols : shape of the array.
    """

    def __init__(self, rows: int, cols: int) -> None:
        self.rows = rows
        self.cols = cols
        super().__init__(
            {
                "x_i": In(data.ArrayLayout(signed(ACT_BITS), rows)),
                "control_i": In(Control),
                "v_i": In(data.ArrayLayout(signed(OPERAND_BITS), cols)),
                "south_o": Out(data.ArrayLayout(signed(PSUM_BITS), cols)),
                "north_o": Out(data.ArrayLayout(signed(PSUM_BITS), cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.skew = skew = Skew(self.rows)
        m.d.comb += [skew.x_i.eq(self.x_i), skew.control_i.eq(self.control_i)]
        grid = [[ProcessingElement() for _ in range(self.cols)] for _ in range(self.rows)]
        for r, row in enumerate(grid):
            for c, pe in enumerate(row):
                m.submodules[f"pe_{r}_{c}"] = pe
                west, north = row[c - 1] if c > 0 else None, grid[r - 1][c] if r > 0 else None
                m.d.comb += [
                    pe.x_i.eq(west.x_o if west else skew.x_o[r]),
                    pe.control_i.eq(west.control_o if west else skew.control_o[r]),
                    pe.v_i.eq(north.v_o if north else self.v_i[c]),
                ]
                if north:
                    m.d.comb += pe.psum_north.eq(north.psum_o)
                    m.d.comb += north.psum_south.eq(pe.psum_o)
        for c in range(self.cols):
            m.d.comb += self.north_o[c].eq(grid[0][c].psum_o)
            m.d.comb += self.south_o[c].eq(grid[-1][c].psum_o)
        return m
