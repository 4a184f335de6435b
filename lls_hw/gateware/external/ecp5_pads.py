"""Pads of a Lattice ECP5 that go both ways."""

from amaranth.hdl import Instance, IOPort, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Ecp5Pads"]


class Ecp5Pads(wiring.Component):
    """One pad for each bit; latency 0.

    Parameters
    ----------
    width : number of pads. name : of their port at the top.

    Members
    -------
    o, oe, i : what is driven, whether, and what is there. port : the pads.
    """

    def __init__(self, width: int, name: str) -> None:
        self.port = IOPort(width, name=name)
        super().__init__({"o": In(width), "oe": In(width), "i": Out(width)})

    def elaborate(self, platform):
        m = Module()
        for bit in range(len(self.o)):
            m.submodules[f"pad_{bit}"] = Instance(
                "BB",
                i_I=self.o[bit],
                i_T=~self.oe[bit],
                o_O=self.i[bit],
                io_B=self.port[bit],
            )
        return m
