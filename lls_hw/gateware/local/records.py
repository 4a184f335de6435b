"""What the loss leaves of each sample."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.gateware.local.command import command_layout, error_fraction
from lls_hw.gateware.local.widths import NORM_EXPONENT_BITS
from lls_hw.gateware.ports import RESULT_LAYOUT, ExponentWrite, ResultWrite

__all__ = ["Records"]


class Records(wiring.Component):
    """Counts the samples and writes the result or the exponent of each.

    Both are written in the cycle of `sample_end`: results by the classifier, exponents where
    `train` is set.

    Members
    -------
    command : stable from `first` on. first : before the first sample.
    sample_end : `result` and `exponent` are complete.
    result : probability and prediction. exponent : of the sample's norm.
    sample : number of the sample in its batch. label_addr : address of its label.
    results, exponents : the memories.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "first": In(1),
                "sample_end": In(1),
                "result": In(RESULT_LAYOUT),
                "exponent": In(NORM_EXPONENT_BITS),
                "sample": Out(ceil_log2(config.max_batch)),
                "label_addr": Out(ceil_log2(INPUT_BUFFERS * config.max_batch)),
                "results": Out(ResultWrite(config)),
                "exponents": Out(ExponentWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command = self.command
        layer = Signal(ceil_log2(self._config.max_layers))
        m.d.comb += [
            layer.eq(command.layer),
            self.results.enable.eq(self.sample_end & command.classifier),
            self.results.addr.eq(self.label_addr),
            self.results.data.eq(self.result),
            self.exponents.enable.eq(self.sample_end & command.train),
            self.exponents.addr.eq(Cat(self.sample, layer)),
            self.exponents.data.eq(self.exponent + error_fraction(self._config, command)),
        ]
        with m.If(self.first):
            m.d.sync += [self.sample.eq(0), self.label_addr.eq(command.label_base)]
        with m.Elif(self.sample_end):
            m.d.sync += [
                self.sample.eq(self.sample + 1),
                self.label_addr.eq(self.label_addr + 1),
            ]
        return m
