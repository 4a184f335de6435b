"""Large memories of the iCE40 UltraPlus: the one port of SB_SPRAM256KA serves `Ram`'s two."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.memory.ram import ram_ports

__all__ = ["CELL_DEPTH", "CELL_WIDTH", "Spram", "SpramRam"]

CELL_DEPTH = 1 << 14
CELL_WIDTH = 16
_NIBBLE = 4
"""Bits that one write-enable bit of a cell covers."""
_LEAST_BITS = 16 * 1024
"""Smaller memories are left to block RAM, of which each has 4 kbit."""


class _Cell(wiring.Component):
    """One SB_SPRAM256KA in the domain `fast`: reads or writes, `o` follows a read by 1 cycle."""

    addr: In(ceil_log2(CELL_DEPTH))
    i: In(CELL_WIDTH)
    mask: In(CELL_WIDTH // _NIBBLE)
    write: In(1)
    o: Out(CELL_WIDTH)

    def elaborate(self, platform):
        m = Module()
        m.submodules.cell = Instance(
            "SB_SPRAM256KA",
            i_CLOCK=ClockSignal("fast"),
            i_ADDRESS=self.addr,
            i_DATAIN=self.i,
            i_MASKWREN=self.mask,
            i_WREN=self.write,
            i_CHIPSELECT=Const(1),
            i_STANDBY=Const(0),
            i_SLEEP=Const(0),
            i_POWEROFF=Const(1),
            o_DATAOUT=self.o,
        )
        return m


class _Model(_Cell):
    """What a cell does, for simulation: its output is rubbish after a write."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.array = array = Memory(shape=CELL_WIDTH, depth=CELL_DEPTH, init=[])
        read, write = array.read_port(domain="fast"), array.write_port(domain="fast", granularity=4)
        wrote = Signal()
        m.d.fast += wrote.eq(self.write)
        m.d.comb += [
            read.addr.eq(self.addr),
            write.addr.eq(self.addr),
            write.data.eq(self.i),
            write.en.eq(Mux(self.write, self.mask, 0)),
            self.o.eq(Mux(wrote, ~read.data, read.data)),
        ]
        return m


class _ReadPath(wiring.Component):
    """From the cells to `sync`, through an edge of `fast` before, between and after its own.

    Members
    -------
    reading : the first half of a cycle. bank : what the address chooses.
    words : of each bank's cells. o : the word, 2 cycles of `sync` after its address.
    """

    def __init__(self, width, banks, bank_bits):
        super().__init__(
            {
                "reading": In(1),
                "bank": In(bank_bits),
                "words": In(data.ArrayLayout(width, banks)),
                "o": Out(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chosen_bank = Signal.like(self.bank)
        word, between, chosen = (
            Signal.like(self.o, name=name) for name in ("word", "between", "chosen")
        )
        with m.Switch(chosen_bank):
            for b, candidate in enumerate(self.words):
                with m.Case(b):
                    m.d.comb += chosen.eq(candidate)
        with m.If(self.reading):
            m.d.fast += [chosen_bank.eq(self.bank), between.eq(word)]
        with m.Else():
            m.d.fast += word.eq(chosen)
        m.d.sync += self.o.eq(between)
        return m


class SpramRam(wiring.Component):
    """Does what `Ram` does with its LATENCY, but for undefined words at the start.

    The domain `fast` runs at twice the clock of `sync`, and an edge of `sync` coincides with
    every other edge of it or follows it by less than a period. The cells read in the first half
    of a cycle and write in the second, so one address serves both ports; what was read travels
    on the edges of `fast` that lie between those of `sync`.

    Parameters
    ----------
    width, depth, granularity : as of `Ram`; granularity a multiple of 4.
    cell : what makes one memory cell.
    """

    LATENCY = RAM_LATENCY

    def __init__(self, width, depth, granularity=None, cell=_Cell):
        self._width, self._depth, self._cell = width, depth, cell
        self._granularity = width if granularity is None else granularity
        super().__init__(ram_ports(width, depth, self._granularity))

    def elaborate(self, platform):
        m = Module()
        banks, lanes = -(-self._depth // CELL_DEPTH), -(-self._width // CELL_WIDTH)
        addr = Signal(max(len(self.read.addr), ceil_log2(CELL_DEPTH) + 1))
        bank = addr[ceil_log2(CELL_DEPTH) :]
        m.submodules.path = path = _ReadPath(self._width, banks, len(bank))
        toggle, seen, reading = Signal(), Signal(), Signal()
        m.d.sync += toggle.eq(~toggle)
        m.d.fast += seen.eq(toggle)
        m.d.comb += [
            reading.eq(seen != toggle),
            addr.eq(Mux(reading, self.read.addr, self.write.addr)),
            path.reading.eq(reading),
            path.bank.eq(bank),
            self.read.data.eq(path.o),
        ]
        enables = Cat(*(bit.replicate(self._granularity // _NIBBLE) for bit in self.write.enable))
        for b in range(banks):
            cells = [self._cell() for _ in range(lanes)]
            m.d.comb += path.words[b].eq(Cat(cell.o for cell in cells))
            for k, cell in enumerate(cells):
                m.submodules[f"cell_{b}_{k}"] = cell
                m.d.comb += [
                    cell.addr.eq(addr),
                    cell.i.eq(self.write.data[k * CELL_WIDTH : (k + 1) * CELL_WIDTH]),
                    cell.mask.eq(enables[k * len(cell.mask) : (k + 1) * len(cell.mask)]),
                    cell.write.eq(~reading & self.write.enable.any() & (bank == b)),
                ]
        return m


class Spram:
    """Technology of the UP5K: which memories become SPRAM.

    Parameters
    ----------
    simulate : behaviour instead of the vendor's cells.
    """

    bank_words = CELL_DEPTH
    """Words of a bank of `BankedRam`."""

    def __init__(self, simulate: bool = False) -> None:
        self._cell = _Model if simulate else _Cell

    @staticmethod
    def cells(width: int, depth: int) -> int:
        """SPRAM cells of a memory; 0 if it is left to block RAM."""
        if width * depth <= _LEAST_BITS:
            return 0
        return -(-width // CELL_WIDTH) * -(-depth // CELL_DEPTH)

    def large_ram(self, width, depth, granularity, latency, init):
        """The memory that stands for such a `Ram`, or None."""
        fits = latency == SpramRam.LATENCY and not init and (granularity or width) % _NIBBLE == 0
        if not fits or self.cells(width, depth) == 0:
            return None
        return SpramRam(width, depth, granularity, self._cell)
