"""A design as FPGA boards and simulations have it: without a reset."""

from amaranth.hdl import ClockDomain, ClockSignal, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

__all__ = ["WithoutReset"]


class WithoutReset(wiring.Component):
    """A component whose registers have an initial value and no reset.

    A simulator has nothing to work out for an input that would reach every register.

    Members
    -------
    clk : clock of the domain sync; `fast_clk` : of the domain fast, if there is one.
        All other members are those of the component.

    Parameters
    ----------
    component : the design.
    fast : it has the domain fast.
    """

    def __init__(self, component: wiring.Component, fast: bool = False) -> None:
        self._component = component
        self._clocks = {"sync": "clk", **({"fast": "fast_clk"} if fast else {})}
        clocks = {name: In(1) for name in self._clocks.values()}
        super().__init__(clocks | dict(component.signature.members))

    def elaborate(self, platform):
        m = Module()
        for domain, name in self._clocks.items():
            m.domains += ClockDomain(domain, reset_less=True)
            m.d.comb += ClockSignal(domain).eq(getattr(self, name))
        m.submodules.component = self._component
        for name, member in self._component.signature.members.items():
            mine, its = getattr(self, name), getattr(self._component, name)
            if member.is_signature:
                outwards = member.flow == Out
                connect(m, its if outwards else flipped(mine), flipped(mine) if outwards else its)
            else:
                m.d.comb += mine.eq(its) if member.flow == Out else its.eq(mine)
        return m
