"""Sample fetch: stored samples from the external memory to the inputs and the labels."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS, CLASS_BITS
from lls_hw.contract.registers import IMAGE_PLACE, IMAGE_SHAPE, SAMPLE, SAMPLE_SIZE
from lls_hw.gateware.bus import DATA_BITS, element_write
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.mover.input_access import InputWrites
from lls_hw.gateware.mover.ports import ELEMENT_BITS, ExternalPort

__all__ = ["BUFFER_DEPTH", "SampleFetch", "SamplePlaces"]

BUFFER_DEPTH = 16
"""Elements that hide the external memory's latency."""


class SamplePlaces(wiring.Signature):
    """How large stored samples are and where they go: the registers of these names."""

    def __init__(self) -> None:
        super().__init__(
            {
                "sample_size": Out(struct_layout(SAMPLE_SIZE)),
                "sample_start": Out(DATA_BITS),
                "sample_buffer": Out(DATA_BITS),
                "sample_step": Out(DATA_BITS),
                "image_shape": Out(struct_layout(IMAGE_SHAPE)),
            }
        )


class SampleFetch(wiring.Component):
    """Brings one stored sample after another, each as `contract.samples` lays it out.

    A sample's bytes are written one a cycle at best, while the element waits: a batch has been
    brought when its last element has been taken. Its first sample goes to `start` of its buffer,
    each other one a `step` after the one before, as does one that is absent and takes 2 cycles.

    Members
    -------
    sample : elements of `Space.SAMPLE`. places : see there.
    external : the memory. inputs : what the samples are written to.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "sample": In(element_write(always_ready=False)),
                "places": In(SamplePlaces()),
                "external": Out(ExternalPort()),
                "inputs": Out(InputWrites()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = SyncFIFOBuffered(width=ELEMENT_BITS, depth=BUFFER_DEPTH)
        taken, external, inputs, places = buffer.r_stream, self.external, self.inputs, self.places
        slot, given = self.sample.payload.addr, SAMPLE.positions
        slot_bits = ceil_log2(self._config.max_batch)
        absent = self.sample.payload.data[given["absent"]]
        asked, left = (
            Signal(places.sample_size.elements.shape()),
            Signal(places.sample_size.elements.shape()),
        )
        address, room = Signal(ADDRESS_BITS), Signal(range(BUFFER_DEPTH + 1), init=BUFFER_DEPTH)
        place, element, high = Signal(ADDRESS_BITS), Signal(ADDRESS_BITS), Signal()
        commanded, moved, written = Signal(), Signal(), Signal()
        following, banks = Signal(ADDRESS_BITS), IMAGE_PLACE["bank"].bits
        wraps = places.sample_size.image & (place[:banks] + places.sample_step[:banks])[banks]
        byte = Mux(high, taken.payload[ACT_BITS:], taken.payload[:ACT_BITS])
        m.d.comb += [
            external.command.valid.eq(asked.any() & room.any()),
            external.command.payload.addr.eq(address),
            external.read_data.ready.eq(1),
            buffer.w_stream.valid.eq(external.read_data.valid),
            buffer.w_stream.payload.eq(external.read_data.payload),
            commanded.eq(external.command.valid & external.command.ready),
            moved.eq(taken.valid & taken.ready),
            following.eq(
                place + places.sample_step + (Mux(wraps, places.image_shape.width - 1, 0) << banks)
            ),
            inputs.act.payload.addr.eq(element),
            inputs.act.payload.data.eq(byte),
            inputs.image.payload.data.eq(byte),
            inputs.image_place.payload.as_value().eq(place),
            inputs.label.payload.addr.eq(slot),
            inputs.label.payload.data.eq(taken.payload[:CLASS_BITS]),
            inputs.active.eq(1),
        ]
        m.d.sync += [
            room.eq(room - commanded + moved),
            asked.eq(asked - commanded),
            address.eq(address + commanded),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += inputs.active.eq(0)
                with m.If(self.sample.valid):
                    first = places.sample_start + Mux(slot[slot_bits], places.sample_buffer, 0)
                    restarts = slot[:slot_bits] == 0
                    m.d.sync += place.eq(Mux(restarts, first, following))
                    m.next = "DONE"
                    with m.If(~absent):
                        m.d.sync += address.eq(self.sample.payload.data)
                        m.d.sync += asked.eq(((places.sample_size.elements + 1) >> 1) + 1)
                        m.next = "LABEL"
            with m.State("LABEL"):
                m.d.sync += [element.eq(place), left.eq(places.sample_size.elements), high.eq(0)]
                m.d.comb += [
                    inputs.label.valid.eq(taken.valid),
                    inputs.image_place.valid.eq(taken.valid & places.sample_size.image),
                    taken.ready.eq(1),
                ]
                with m.If(taken.valid):
                    m.next = "INPUT"
                    with m.If(~places.sample_size.elements.any()):
                        m.next = "DONE"
            with m.State("INPUT"):
                last = left == 1
                m.d.comb += [
                    inputs.act.valid.eq(taken.valid & ~places.sample_size.image),
                    inputs.image.valid.eq(taken.valid & places.sample_size.image),
                    written.eq(taken.valid & (places.sample_size.image | inputs.act.ready)),
                    taken.ready.eq(written & (high | last)),
                ]
                with m.If(written):
                    m.d.sync += [high.eq(~high), element.eq(element + 1), left.eq(left - 1)]
                    with m.If(last):
                        m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.sample.ready.eq(1)
                m.next = "IDLE"
        return m
