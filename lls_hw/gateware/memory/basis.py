"""Memory of the basis, written by elements of 32 bits."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.basis import square_basis
from lls_hw.contract.config import Config
from lls_hw.contract.packing import pack_basis
from lls_hw.gateware.bus import DATA_BITS, element_write
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.ports import BasisRead

__all__ = ["BasisMemory"]


class BasisMemory(wiring.Component):
    """One word of entries for each latent and group; a read takes LATENCY cycles.

    At first it holds the square basis of `basis_classes` classes.

    Members
    -------
    host : elements of `Space.BASIS`.
    read : entries of all lanes.
    """

    LATENCY = Ram.LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "host": In(element_write()),
                "read": In(BasisRead(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, parts = self._config, self._config.basis_parts
        width = config.basis_bits * config.lanes
        granularity = width // parts if parts > 1 else None
        m.submodules.words = words = Ram(
            width, config.basis_depth, init=self._initial(), granularity=granularity
        )
        connect(m, flipped(self.read), words.read)
        part, element = Signal(parts), self.host.payload
        part_bits = ceil_log2(parts)
        m.d.comb += [
            part.eq(1 << element.addr[:part_bits]),
            words.write.enable.eq(Mux(self.host.valid, part, 0)),
            words.write.addr.eq(element.addr[part_bits:]),
            words.write.data.eq(Cat(*[element.data] * parts)),
        ]
        return m

    def _initial(self) -> list[int]:
        config, parts = self._config, self._config.basis_parts
        stride = config.basis_depth // -(-config.basis_classes // config.lanes)
        elements = pack_basis(config, square_basis(config.basis_classes, stride), stride)
        return [
            sum(element << DATA_BITS * k for k, element in enumerate(word))
            for word in elements.reshape(-1, parts).tolist()
        ]
