"""Samples: what a batch brings, and what it leaves."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.gateware.memory.host_ram import HostReadRam, HostWrittenRam
from lls_hw.gateware.mover.input_access import InputAccess, InputWrites, input_memories
from lls_hw.gateware.ports import RESULT_LAYOUT, ElementRead, LabelRead, ResultWrite, SlowRead
from lls_hw.gateware.tally import ResultTally

__all__ = ["Samples"]


class Samples(wiring.Component):
    """Ways to the inputs, labels, results, and with an external memory the sums over all results.

    A result is written while the label of its sample is read.

    Members
    -------
    host, fetch, act, image, image_place : as those of `InputAccess`.
    result_read, tally_read : elements of `Space.RESULT`, `Space.TALLY`.
    labels, results : the local update unit's.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "host": In(InputWrites()),
                "fetch": In(InputWrites()),
                **input_memories(),
                "result_read": In(ElementRead()),
                "tally_read": In(SlowRead()),
                "labels": In(LabelRead(config)),
                "results": In(ResultWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        samples = INPUT_BUFFERS * self._config.max_batch
        m.submodules.label = label = HostWrittenRam(samples, CLASS_BITS)
        m.submodules.result = result = HostReadRam(samples, RESULT_LAYOUT)
        m.submodules.access = access = InputAccess()
        connect(m, flipped(self.host), access.host)
        connect(m, flipped(self.fetch), access.fetch)
        connect(m, access.act, flipped(self.act))
        connect(m, access.image, flipped(self.image))
        connect(m, access.image_place, flipped(self.image_place))
        connect(m, access.label, label.host)
        connect(m, flipped(self.labels), label.read)
        connect(m, flipped(self.results), result.write)
        connect(m, flipped(self.result_read), result.host)
        if self._config.external_depth:
            m.submodules.tally = tally = ResultTally()
            connect(m, flipped(self.tally_read), tally.read)
            m.d.comb += [
                tally.enable.eq(self.results.enable),
                tally.result.eq(self.results.data),
                tally.label.eq(label.read.data),
            ]
        else:
            m.d.comb += self.tally_read.settled.eq(1)
        return m
