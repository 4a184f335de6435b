"""Weight memory of one column, with momentum its velocities too."""

from amaranth.hdl import Module, Mux, Shape, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import VELOCITY_BITS, WEIGHT_BITS
from lls_hw.gateware.memory.banked_ram import BankedRam

__all__ = ["WeightChange", "WeightStore", "access_layout", "word_layout"]


def word_layout(momentum: bool) -> data.StructLayout:
    """What is kept for each weight: itself, with momentum also its velocity."""
    velocity = {"velocity": signed(VELOCITY_BITS)}
    return data.StructLayout({"weight": signed(WEIGHT_BITS), **(velocity if momentum else {})})


class WeightChange(wiring.Signature):
    """The change of a word, seen from the part that works it out: from the old to the new one.

    Parameters
    ----------
    momentum : the word has a velocity.
    """

    def __init__(self, momentum: bool) -> None:
        word = word_layout(momentum)
        super().__init__({"old": In(word), "new": Out(word)})


def access_layout(config: Config) -> data.StructLayout:
    """One cycle's accesses to the weights of all columns: a read, and a write.

    `write_enable` writes the new word of each column. `host_enable` has a bit for each field of a
    word; it writes `host_data` into that field, in column `host_column` alone.
    """
    addr = ceil_log2(config.weight_depth)
    fields = {name: Shape.cast(f.shape).width for name, f in word_layout(config.momentum)}
    return data.StructLayout(
        {
            "read_addr": addr,
            "write_addr": addr,
            "write_enable": 1,
            "host_enable": data.StructLayout(dict.fromkeys(fields, 1)),
            "host_column": ceil_log2(config.cols),
            "host_data": max(fields.values()),
        }
    )


class WeightStore(wiring.Component):
    """A memory for each field of a word; all fields are read and written together.

    The word of `access.read_addr` in cycle t is at `change.old` in cycle t + LATENCY. One read and
    one write a cycle.

    Parameters
    ----------
    config : engine configuration.
    index : number of this column.

    Members
    -------
    access : what is read and written. change : old word, and what `write_enable` writes.
    """

    LATENCY = BankedRam.LATENCY

    def __init__(self, config: Config, index: int) -> None:
        self._config = config
        self._index = index
        super().__init__(
            {"access": In(access_layout(config)), "change": In(WeightChange(config.momentum))}
        )

    def elaborate(self, platform):
        m = Module()
        access, change = self.access, self.change
        mine = access.host_column == self._index
        for name, field in word_layout(self._config.momentum):
            ram = BankedRam(Shape.cast(field.shape).width, self._config.weight_depth)
            m.submodules[name] = ram
            host = access.host_enable[name]
            m.d.comb += [
                ram.read.addr.eq(access.read_addr),
                change.old[name].eq(ram.read.data),
                ram.write.addr.eq(access.write_addr),
                ram.write.data.eq(Mux(host, access.host_data, change.new[name])),
                ram.write.enable.eq(access.write_enable | (host & mine)),
            ]
        return m
