"""Second pass over a sample: errors of its latents."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.timing_local import FETCH_LATENCY, scatter_drain, term_cycles
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.back_projection import BackProjection
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.inverse_norm import EXPONENT_BITS, MANTISSA_BITS
from lls_hw.gateware.local.jacobian import Jacobian
from lls_hw.gateware.local.projection import COEFFICIENT_BITS
from lls_hw.gateware.local.terms import error_term_bits

__all__ = ["Scatter"]


class Scatter(wiring.Component):
    """Reads each latent once and the errors' back-projection onto it, group by group.

    Latents one after another, for each all groups of `lanes` classes. A classifier needs only
    the group of its latent; its basis is the identity. Padding behind the channels of a cell
    gets 0.

    With `start` in cycle t the first address is out in cycle t + 1; with L =
    `timing_local.scatter_drain` the pass ends L cycles after the last address, when `done` is
    high; the last error is written two cycles before it. `busy` is high from t + 1 until the
    cycle before `done`.

    Members
    -------
    command, mantissa, exponent, coefficient : of the sample, stable while busy.
    base : the sample's first latent and error word, taken at `start`.
    u_addr, u_bank, u_en, u_data : latents, `u_data` FETCH_LATENCY cycles after the address.
    basis_addr : basis, with the same latency.
    group : whose errors must be there 1 cycle later.
    mask : lanes that have a class; of a classifier, the latent's. It comes with `u_data`.
    terms : of the fetched latent, term_cycles + 1 cycles after it.
    d_addr, d_bank, d_en, d_data : errors of the latents.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        latent_addr = ceil_log2(config.latent_depth)
        bank = ceil_log2(config.cols)
        self._tag = data.StructLayout(
            {
                "first": 1,
                "last": 1,
                "pad": 1,
                "final_group": 1,
                "lane": ceil_log2(config.lanes),
                "group": ceil_log2(config.groups),
            }
        )
        super().__init__(
            {
                "command": In(command_layout(config)),
                "mantissa": In(MANTISSA_BITS),
                "exponent": In(EXPONENT_BITS),
                "coefficient": In(signed(COEFFICIENT_BITS)),
                "start": In(1),
                "base": In(latent_addr),
                "busy": Out(1),
                "done": Out(1),
                "u_addr": Out(latent_addr),
                "u_bank": Out(bank),
                "u_en": Out(1),
                "u_data": In(signed(LATENT_BITS)),
                "basis_addr": Out(ceil_log2(config.basis_depth)),
                "group": Out(ceil_log2(config.groups)),
                "mask": Out(config.lanes),
                "terms": In(data.ArrayLayout(signed(error_term_bits(config)), config.lanes)),
                "d_addr": Out(latent_addr),
                "d_bank": Out(bank),
                "d_en": Out(1),
                "d_data": Out(signed(LATENT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.tree = tree = BackProjection(self._config)
        m.submodules.jacobian = jacobian = Jacobian(self._config)
        tag = Signal(self._tag)
        idle = self._walk(m, tag)

        products = term_cycles(self._config)
        addressed = delay(m, tag, FETCH_LATENCY - products, "tag")
        fetched = delay(m, addressed, products, "fetched")
        late = delay(m, fetched, 1 + products, "late")
        last_lane = Signal.like(tag.lane)
        m.d.sync += last_lane.eq(self.command.classes - 1)
        for lane, mask in enumerate(self.mask):
            exists = ~addressed.final_group | (lane <= last_lane)
            domain = m.d.sync if products else m.d.comb
            domain += mask.eq(Mux(self.command.classifier, addressed.lane == lane, exists))
        m.d.comb += [
            self.group.eq(addressed.group),
            tree.terms.eq(self.terms),
            jacobian.u.eq(delay(m, self.u_data, 1 + products, "u")),
            jacobian.back.eq(tree.o),
            jacobian.cosine.eq(self.command.cosine),
            jacobian.first.eq(late.first),
            jacobian.last.eq(late.last),
            jacobian.pad.eq(late.pad),
            jacobian.mantissa.eq(self.mantissa),
            jacobian.exponent.eq(self.exponent),
            jacobian.coefficient.eq(self.coefficient),
            self.d_en.eq(jacobian.valid),
            self.d_data.eq(jacobian.error),
        ]
        with m.If(idle):
            m.d.sync += [self.d_addr.eq(self.base), self.d_bank.eq(0)]
        with m.Elif(self.d_en):
            m.d.sync += self.d_bank.eq(self.d_bank + 1)
            m.d.sync += self.d_addr.eq(self.d_addr + self.d_bank.all())
        return m

    def _walk(self, m, tag):
        """Addresses and their tags. Returns whether nothing is under way."""
        config, command = self._config, self.command
        lane_bits = ceil_log2(config.lanes)
        t = Signal(len(command.length) + 1)
        group = Signal(range(config.groups + 1))
        word, tile = Signal.like(command.words), Signal.like(command.tiles)
        channel, last_channel = Signal.like(t), Signal.like(t)
        cell_end, word_end = Signal(), Signal()
        drain = Signal(range(scatter_drain(config) + 1))
        last, pad = Signal(), Signal()
        last_group = Signal.like(group)
        m.d.sync += [
            last_channel.eq(command.channels - 1),
            last_group.eq((command.classes - 1) >> lane_bits),
        ]
        m.d.comb += [
            tag.pad.eq(pad),
            cell_end.eq((channel == last_channel) | pad),
            word_end.eq(self.u_bank.all()),
            tag.final_group.eq(group == last_group),
            last.eq(pad | command.classifier | tag.final_group),
            tag.lane.eq(t),
            tag.group.eq(Mux(command.classifier, t >> lane_bits, group)),
            self.busy.eq(1),
        ]
        with m.FSM() as fsm:
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                m.d.sync += [self.u_addr.eq(self.base), self.u_bank.eq(0), word.eq(1)]
                m.d.sync += [self.basis_addr.eq(0), t.eq(0), pad.eq(0), group.eq(0)]
                m.d.sync += [channel.eq(0), tile.eq(1)]
                m.d.sync += drain.eq(1)
                with m.If(self.start):
                    m.next = "WALK"
            with m.State("WALK"):
                m.d.comb += [self.u_en.eq(1), tag.first.eq(group == 0), tag.last.eq(last)]
                with m.If(last):
                    m.d.sync += [
                        group.eq(0),
                        pad.eq(cell_end & ~(word_end & (tile == command.tiles))),
                        channel.eq(Mux(cell_end, 0, channel + 1)),
                        self.u_bank.eq(self.u_bank + 1),
                        self.u_addr.eq(self.u_addr + word_end),
                        self.basis_addr.eq(t + ~pad),
                    ]
                    with m.If(~pad):
                        m.d.sync += t.eq(t + 1)
                    with m.If(word_end):
                        m.d.sync += word.eq(word + 1)
                        m.d.sync += tile.eq(Mux(tile == command.tiles, 1, tile + 1))
                        with m.If(word == command.words):
                            m.next = "DRAIN"
                with m.Else():
                    m.d.sync += group.eq(group + 1)
                    m.d.sync += self.basis_addr.eq(self.basis_addr + command.basis_stride)
            with m.State("DRAIN"):
                m.d.sync += drain.eq(drain + 1)
                with m.If(drain == scatter_drain(config)):
                    m.d.comb += [self.done.eq(1), self.busy.eq(0)]
                    m.next = "IDLE"
        return fsm.ongoing("IDLE")
