"""Who writes inputs and labels: the host, or the fetch of stored samples."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.gateware.bus import DATA_BITS, element_write

__all__ = ["InputAccess", "InputWrites", "input_memories"]


class InputWrites(wiring.Signature):
    """Elements of the spaces with a batch's samples, and rows of the image memory.

    Members
    -------
    active : the fetch writes; ignored where the host does.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "active": Out(1),
                "act": Out(element_write(always_ready=False)),
                "image": Out(element_write()),
                "image_row": Out(stream.Signature(DATA_BITS, always_ready=True)),
                "label": Out(element_write()),
            }
        )


def input_memories(config: Config) -> dict[str, Member]:
    """Ways to what the array reads inputs from: members of a signature."""
    row = ceil_log2(config.image_depth * IMAGE_BANKS)
    return {
        "act": Out(element_write(always_ready=False)),
        "image": Out(element_write()),
        "image_row": Out(stream.Signature(row, always_ready=True)),
    }


class InputAccess(wiring.Component):
    """Lets the fetch write while it is active, else the host.

    The host waits for the end of a fetch, because it writes one element after another.

    Members
    -------
    host, fetch : the two. act, image, image_row, label : the memories.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "host": In(InputWrites()),
                "fetch": In(InputWrites()),
                **input_memories(config),
                "label": Out(element_write()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chosen = InputWrites().create()
        with m.If(self.fetch.active):
            connect(m, flipped(self.fetch), wiring.flipped(chosen))
        with m.Else():
            connect(m, flipped(self.host), wiring.flipped(chosen))
        connect(m, chosen.act, flipped(self.act))
        connect(m, chosen.image, flipped(self.image))
        connect(m, chosen.label, flipped(self.label))
        m.d.comb += [
            self.image_row.valid.eq(chosen.image_row.valid),
            self.image_row.payload.eq(chosen.image_row.payload),
        ]
        return m
