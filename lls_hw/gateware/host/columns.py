"""Weights and velocities as the host sees them: elements, not words and columns."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.formats import VELOCITY_BITS, WEIGHT_BITS
from lls_hw.gateware.host.places import CHOICE_CYCLES
from lls_hw.gateware.ports import ElementRead, HostWeights, element_write

__all__ = ["ColumnAccess", "settle_cycles"]

_REGISTER = 1
"""Cycles of the register after the choice of the column."""


def settle_cycles(config: Config) -> int:
    """Cycles from a change of the word, or of its content, until what is read is right."""
    return config.cols + HostWeights.LATENCY + _REGISTER + CHOICE_CYCLES


class ColumnAccess(wiring.Component):
    """Reads and writes the weight memories of the columns, and says when a read has settled.

    Writes have latency 0. What is read is right while `settled` is high: the engine has been
    idle, nothing has been written and the word has been the same for `settle_cycles`. Another
    column of the same word is there at once.

    Members
    -------
    weight, velocity : elements to write. Without momentum, velocities are dropped.
    running : a program runs: the array has the memories.
    next_enable, next_addr : from the next cycle on, this address is read.
    weight_read, velocity_read : elements to read; both have the same address. Without momentum,
        velocities read as zero.
    settled : what is read is right.
    weights : access to the columns.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._settle = settle_cycles(config)
        super().__init__(
            {
                "weight": In(element_write()),
                "velocity": In(element_write()),
                "running": In(1),
                "next_enable": In(1),
                "next_addr": In(ADDRESS_BITS),
                "weight_read": In(ElementRead()),
                "velocity_read": In(ElementRead()),
                "settled": Out(1),
                "weights": Out(HostWeights(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        host, element, momentum = self.weights, self.weight.payload, self._config.momentum
        column_bits = ceil_log2(self._config.cols)
        read_addr = self.weight_read.addr
        weight = Signal(signed(WEIGHT_BITS))
        m.d.sync += weight.eq(host.read_data)
        m.d.comb += [
            host.write_column.eq(element.addr[:column_bits]),
            host.write_addr.eq(element.addr[column_bits:]),
            host.write_data.eq(element.data),
            host.write_enable.eq(self.weight.valid),
            host.read_column.eq(read_addr[:column_bits]),
            host.read_addr.eq(read_addr[column_bits:]),
            self.weight_read.data.eq(weight.as_unsigned()),
        ]
        written = host.write_enable
        if momentum:
            velocity = Signal(signed(VELOCITY_BITS))
            m.d.sync += velocity.eq(host.read_velocity)
            m.d.comb += host.write_velocity.eq(self.velocity.valid)
            m.d.comb += self.velocity_read.data.eq(velocity.as_unsigned())
            written |= host.write_velocity

        moved = self.next_enable & (self.next_addr[column_bits:] != read_addr[column_bits:])
        quiet = Signal(range(self._settle + 1))
        m.d.comb += self.settled.eq(quiet == self._settle)
        with m.If(self.running | written | moved):
            m.d.sync += quiet.eq(0)
        with m.Elif(~self.settled):
            m.d.sync += quiet.eq(quiet + 1)
        return m
