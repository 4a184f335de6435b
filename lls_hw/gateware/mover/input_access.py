"""Who writes inputs and labels: the host, or the fetch of stored samples."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from lls_hw.gateware.bus import element_write
from lls_hw.gateware.memory.image_writer import place_write

__all__ = ["InputAccess", "InputWrites", "input_memories"]


class InputWrites(wiring.Signature):
    """Elements of the spaces with a batch's samples, and places of the image memory.

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
                "image_place": Out(place_write()),
                "label": Out(element_write()),
            }
        )


def input_memories() -> dict[str, Member]:
    """Ways to what the array reads inputs from: members of a signature."""
    return {
        "act": Out(element_write(always_ready=False)),
        "image": Out(element_write()),
        "image_place": Out(place_write()),
    }


class InputAccess(wiring.Component):
    """Lets the fetch write while it is active, else the host.

    The host waits for the end of a fetch, because it writes one element after another.

    Members
    -------
    host, fetch : the two. act, image, image_place, label : the memories.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "host": In(InputWrites()),
                "fetch": In(InputWrites()),
                **input_memories(),
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
        connect(m, chosen.image_place, flipped(self.image_place))
        return m
