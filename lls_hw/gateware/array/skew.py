"""Skew of the array's west edge."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.control import Control
from lls_hw.gateware.delay import delay

__all__ = ["Skew"]


class Skew(wiring.Component):
    """Row r gets x and control r cycles late, and `load` 2 r cycles late.

    The weight of row r enters the array r cycles after that of row 0 and takes r cycles south: it
    is at its row 2 r cycles after the load began.

    Parameters
    ----------
    rows : of the array.

    Members
    -------
    x_i, control_i : of all rows at once. x_o, control_o : of each row.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        x = data.ArrayLayout(signed(ACT_BITS), rows)
        super().__init__(
            {
                "x_i": In(x),
                "control_i": In(Control),
                "x_o": Out(x),
                "control_o": Out(data.ArrayLayout(Control, rows)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        control, load = self.control_i, self.control_i.load
        for r in range(self._rows):
            if r > 0:
                late = Signal(Control, name=f"control_{r}")
                late_load = Signal(2, name=f"load_{r}")
                m.d.sync += [late.eq(control), late_load.eq(Cat(load, late_load[0]))]
                control, load = late, late_load[1]
            m.d.comb += [
                self.x_o[r].eq(delay(m, self.x_i[r], r, f"x_{r}")),
                self.control_o[r].eq(control),
                self.control_o[r].load.eq(load),
            ]
        return m
