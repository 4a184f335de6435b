"""Addresses of the gathering pass."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.gather.latent_walk import LatentWalk
from lls_hw.gateware.local.ports import Fetch

__all__ = ["GATHER_TAG", "GatherWalk"]

GATHER_TAG = data.StructLayout({"valid": 1, "first": 1, "last": 1, "square": 1})
"""Of an address: there is one; it is the first or last of its group; its square counts."""


class GatherWalk(wiring.Component):
    """Asks for all latents of a sample once for each group of `lanes` classes.

    One address a cycle, from the cycle after `start` on; between two groups it waits `lanes`
    cycles, in which the scores of the first one leave. `released` marks the last address, in
    cycle t + `timing_local.walk_cycles` of a start in cycle t.

    Members
    -------
    command : stable while walking.
    start, base : the sample's first latent word, taken at `start`.
    fetch : the address. tag : what it is.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "start": In(1),
                "base": In(ceil_log2(config.latent_depth)),
                "released": Out(1),
                "fetch": Out(Fetch(config)),
                "tag": Out(GATHER_TAG),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, command, fetch = self._config, self.command, self.fetch
        m.submodules.latents = latents = LatentWalk(config)
        groups = Signal(range(config.groups + 1))
        last_group = Signal.like(groups)
        group_base, following = Signal.like(fetch.basis_addr), Signal.like(fetch.basis_addr)
        wait = Signal(range(config.lanes))
        m.d.sync += last_group.eq((command.classes - 1) >> ceil_log2(config.lanes))
        m.d.comb += [
            following.eq(group_base + command.basis_stride),
            latents.command.eq(command),
            latents.base.eq(self.base),
            latents.step.eq(fetch.enable),
            fetch.addr.eq(latents.addr),
            fetch.bank.eq(latents.bank),
            self.tag.valid.eq(fetch.enable),
            self.tag.first.eq(latents.first),
            self.tag.last.eq(latents.last),
            self.tag.square.eq(fetch.enable & (groups == 0)),
        ]
        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.comb += latents.load.eq(1)
                    m.d.sync += [fetch.basis_addr.eq(0), group_base.eq(0), groups.eq(0)]
                    m.next = "WALK"
            with m.State("WALK"):
                m.d.comb += fetch.enable.eq(1)
                m.d.sync += [fetch.basis_addr.eq(fetch.basis_addr + 1), wait.eq(0)]
                with m.If(latents.last):
                    m.d.sync += [fetch.basis_addr.eq(following), group_base.eq(following)]
                    m.d.sync += groups.eq(groups + 1)
                    m.next = "GROUP"
                    with m.If(command.classifier | (groups == last_group)):
                        m.d.comb += self.released.eq(1)
                        m.next = "IDLE"
            with m.State("GROUP"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == config.lanes - 1):
                    m.next = "WALK"
        return m
