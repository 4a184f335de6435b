"""Samples: what a batch brings, and what it leaves."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.memory.host_ram import HostReadRam, HostWrittenRam
from lls_hw.gateware.mover.input_access import InputAccess, InputWrites
from lls_hw.gateware.ports import RESULT_LAYOUT, ElementRead, LabelRead, ResultWrite, SlowRead
from lls_hw.gateware.tally import ResultTally

__all__ = ["Samples"]


class Samples(wiring.Component):
    """Ways to the inputs, labels, results, and with an external memory the sums over all results.

    A result is written while the label of its sample is read.

    Members
    -------
    host, fetch, act, image, image_row : as those of `InputAccess`.
    result_read, tally_read : elements of `Space.RESULT`, `Space.TALLY`.
    labels, results : the local update unit's.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        row = ceil_log2(config.image_depth * IMAGE_BANKS)
        super().__init__(
            {
                "host": In(InputWrites()),
                "fetch": In(InputWrites()),
                "act": Out(element_write(always_ready=False)),
                "image": Out(element_write()),
                "image_row": Out(stream.Signature(row, always_ready=True)),
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
        m.submodules.access = access = InputAccess(self._config)
        connect(m, flipped(self.host), access.host)
        connect(m, flipped(self.fetch), access.fetch)
        connect(m, access.act, flipped(self.act))
        connect(m, access.image, flipped(self.image))
        connect(m, access.image_row, flipped(self.image_row))
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
