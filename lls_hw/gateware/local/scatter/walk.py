"""Addresses of the scattering pass."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.timing_local import scatter_drain
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.ports import Fetch, PassControl
from lls_hw.gateware.local.scatter.padded_walk import PaddedWalk

__all__ = ["ScatterWalk", "scatter_tag"]


def scatter_tag(config: Config) -> data.StructLayout:
    """Of an address: its place among the groups of its latent, and whose errors it needs.

    `final_group` : it may have fewer classes than lanes. `lane`, `group` : of a classifier's
    latent, where its own error is; else only `group`.
    """
    return data.StructLayout(
        {
            "first": 1,
            "last": 1,
            "pad": 1,
            "final_group": 1,
            "lane": ceil_log2(config.lanes),
            "group": ceil_log2(config.groups),
        }
    )


class ScatterWalk(wiring.Component):
    """Asks for the latents of a sample one after another, for each with all groups of classes.

    One address a cycle, from the cycle after `start` on. Padding takes one cycle, as does a
    classifier's latent, which needs only the group of its own class. `done` is high
    `timing_local.scatter_drain` cycles after the last address, and `busy` until the cycle before.

    Members
    -------
    command : stable while busy. control : starts a sample.
    idle : no sample is under way. done : the sample is.
    fetch : the address. tag : what it is.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "control": In(PassControl(config)),
                "idle": Out(1),
                "done": Out(1),
                "fetch": Out(Fetch(config)),
                "tag": Out(scatter_tag(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, command, fetch, tag = self._config, self.command, self.fetch, self.tag
        m.submodules.places = places = PaddedWalk(config)
        lane_bits = ceil_log2(config.lanes)
        group = Signal(range(config.groups + 1))
        last_group = Signal.like(group)
        drain = Signal(range(scatter_drain(config) + 1))
        last = Signal()
        m.d.sync += last_group.eq((command.classes - 1) >> lane_bits)
        m.d.comb += [
            places.command.eq(command),
            places.base.eq(self.control.base),
            places.clear.eq(self.idle),
            places.step.eq(fetch.enable & last),
            fetch.addr.eq(places.addr),
            fetch.bank.eq(places.bank),
            last.eq(places.pad | command.classifier | tag.final_group),
            tag.first.eq(fetch.enable & (group == 0)),
            tag.last.eq(fetch.enable & last),
            tag.pad.eq(places.pad),
            tag.final_group.eq(group == last_group),
            tag.lane.eq(places.latent),
            tag.group.eq(Mux(command.classifier, places.latent >> lane_bits, group)),
            self.control.busy.eq(~(self.idle | self.done)),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(1)
                m.d.sync += [fetch.basis_addr.eq(0), group.eq(0), drain.eq(1)]
                with m.If(self.control.start):
                    m.d.sync += fetch.enable.eq(1)  # A register: it chooses all latents' addresses.
                    m.next = "WALK"
            with m.State("WALK"):
                with m.If(last):
                    m.d.sync += [fetch.basis_addr.eq(places.following), group.eq(0)]
                    with m.If(places.last):
                        m.d.sync += fetch.enable.eq(0)
                        m.next = "DRAIN"
                with m.Else():
                    m.d.sync += fetch.basis_addr.eq(fetch.basis_addr + command.basis_stride)
                    m.d.sync += group.eq(group + 1)
            with m.State("DRAIN"):
                m.d.sync += drain.eq(drain + 1)
                with m.If(drain == scatter_drain(config)):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"
        return m
