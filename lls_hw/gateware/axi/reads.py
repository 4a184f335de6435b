"""Reads of the processor: what the core is and does, and bytes for the host."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.axi import AXI_MAGIC, INTERRUPT, STATUS, WORD_BYTES, AxiRegister, Response
from lls_hw.contract.registers import DIGEST
from lls_hw.gateware.axi.ports import ADDRESS, READ_DATA
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.link.elements import Assembler
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Reads"]


class Reads(wiring.Component):
    """Carries out reads in their order.

    A word follows its address after 2 cycles; after 4 from `BYTE` and 7 from `WORD`, whose bytes
    are fetched one a cycle. The next read may follow a cycle earlier than that: one a cycle, one
    in 3, one in 6. A read of anything but a register, or of more bytes than wait, takes nothing
    and is answered with SLVERR and zero. The outputs of the two channels come from registers.

    Parameters
    ----------
    digest : of the configuration.

    Members
    -------
    ar, r : channels of the bus. i : bytes for the host; those of `status` follow one a cycle.
    status, interrupt : what the registers of these names read.
    """

    def __init__(self, digest: int) -> None:
        self._digest = DIGEST.unpack(digest)
        super().__init__(
            {
                "ar": In(stream.Signature(ADDRESS)),
                "r": Out(stream.Signature(READ_DATA)),
                "i": In(stream.Signature(8)),
                "status": In(struct_layout(STATUS)),
                "interrupt": In(struct_layout(INTERRUPT)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.address = address = StreamBuffer(ADDRESS)
        m.submodules.gather = gather = Assembler()
        connect(m, flipped(self.ar), address.i)
        size, found, known, wanted = Signal(range(WORD_BYTES + 1)), Signal(32), Signal(), Signal()
        values = {
            AxiRegister.MAGIC: AXI_MAGIC,
            AxiRegister.DIGEST_LOW: self._digest["low"],
            AxiRegister.DIGEST_HIGH: self._digest["high"],
            AxiRegister.STATUS: self.status,
            AxiRegister.INTERRUPT: self.interrupt,
        }
        with m.Switch(address.o.payload.addr[WORD_BYTES.bit_length() - 1 :]):
            for register, value in values.items():
                with m.Case(register // WORD_BYTES):
                    m.d.comb += [known.eq(1), found.eq(value)]
            for register, count in ((AxiRegister.BYTE, 1), (AxiRegister.WORD, WORD_BYTES)):
                with m.Case(register // WORD_BYTES):
                    m.d.comb += [size.eq(count), wanted.eq(self.status.waiting >= count)]
        m.d.comb += [gather.size.eq(size), gather.i.payload.eq(self.i.payload)]
        with m.If(self.r.ready):
            m.d.sync += self.r.valid.eq(0)
        with m.FSM():
            with m.State("ADDRESS"):
                with m.If(address.o.valid & (~self.r.valid | self.r.ready)):
                    with m.If(wanted):
                        m.next = "BYTES"
                    with m.Else():
                        m.d.comb += address.o.ready.eq(1)
                        m.d.sync += [
                            self.r.valid.eq(1),
                            self.r.payload.data.eq(found),
                            self.r.payload.resp.eq(Mux(known, Response.OKAY, Response.SLVERR)),
                        ]
            with m.State("BYTES"):
                m.d.comb += [
                    gather.i.valid.eq(self.i.valid & ~gather.o.valid),
                    self.i.ready.eq(gather.i.ready & ~gather.o.valid),
                    gather.o.ready.eq(1),
                ]
                with m.If(gather.o.valid):
                    m.d.comb += address.o.ready.eq(1)
                    m.d.sync += [
                        self.r.valid.eq(1),
                        self.r.payload.data.eq(gather.o.payload),
                        self.r.payload.resp.eq(Response.OKAY),
                    ]
                    m.next = "ADDRESS"
        return m
