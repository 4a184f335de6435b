"""What a training step keeps, where and when; and what backpropagation would have to keep."""

from dataclasses import dataclass, replace

from lls_hw.contract.formats import ACT_BITS, LATENT_BITS
from lls_hw.contract.memories import Memory
from lls_hw.contract.units import Operation
from lls_hw.network.network import IMAGE
from lls_hw.program.allocator import Region
from lls_hw.program.compiler import Program
from lls_hw.program.schedule import Span

__all__ = ["Kept", "Stay", "kept", "live_peak", "stays"]


@dataclass(frozen=True, kw_only=True)
class Stay:
    """A region of a memory and when it is in use: from cycle `start` to `stop` of a step."""

    region: Region
    layer: int
    """Whose data it holds; IMAGE for the inputs."""
    start: int
    stop: int

    @property
    def memory(self) -> Memory:
        """Where it lies."""
        return self.region.memory


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Bits of one kind that a training step keeps beside the weights, for the whole batch."""

    what: str
    local: int
    """With local learning, as planned here."""
    backward: int
    """With backpropagation, same number formats and same fusing of pooling."""


def stays(program: Program) -> list[Stay]:
    """Where activations, signs, latents and errors stay, in the order of the layers.

    A region is in use from the start of the operation that writes it to the end of the last one
    that reads it. The inputs are in use all the time: one buffer is read while the host fills the
    other.
    """
    span: dict[tuple[Operation, int], Span] = {}
    for part in program.spans:
        key = part.descriptor.operation, part.descriptor.layer
        span[key] = replace(span.get(key, part), end=part.end)
    found = []
    images = program.plan.images
    if images.memory == Memory.ACTIVATION:
        found.append(Stay(region=images, layer=IMAGE, start=0, stop=program.train_cycles))
    for layer in program.layers:
        forward = span[Operation.FORWARD, layer.index]
        local = span[Operation.LOCAL, layer.index]
        gradient = span[Operation.GRADIENT, layer.index]
        places = [
            (layer.latents, forward.start, local.end),
            (layer.errors, local.start, gradient.end),
        ]
        readers = [span[Operation.GRADIENT, k] for k in program.network.readers(layer.index)]
        if readers:
            places += [
                (layer.outputs, forward.start, max(reader.end for reader in readers)),
                (layer.signs, forward.start, gradient.end),
            ]
        found += [
            Stay(region=region, layer=layer.index, start=start, stop=stop)
            for region, start, stop in places
        ]
    return found


def live_peak(found: list[Stay], memory: str) -> int:
    """Most words of a memory that are in use at once."""
    mine = [stay for stay in found if stay.memory == memory]
    return max(
        (sum(s.region.words for s in mine if s.start <= moment.start < s.stop) for moment in mine),
        default=0,
    )


def kept(program: Program) -> list[Kept]:
    """Memory of a step by kind, without the padding of words.

    Backpropagation needs inputs, activations and signs of all layers as well, where each pooled
    maximum was, and the int8 errors of the two largest neighbouring maps before pooling: one is
    read while the other is written. Local learning needs latents and their errors instead, 18 bits
    each.
    """
    batch, shapes = program.batch, program.network.geometry
    maps = [shape.pixels * shape.channels for shape in shapes]
    outputs = [shape.output[0] * shape.output[1] * shape.output[2] for shape in shapes]
    latents = sum(shape.latents for shape in shapes) * LATENT_BITS
    pooled = sum(size for size, shape in zip(outputs, shapes, strict=True) if shape.pool)
    errors = max((a + b for a, b in zip(maps, maps[1:], strict=False)), default=0) * ACT_BITS
    rows = (
        ("inputs", program.network.inputs * ACT_BITS, program.network.inputs * ACT_BITS),
        ("activations", sum(outputs) * ACT_BITS, sum(outputs) * ACT_BITS),
        ("signs of activations", sum(maps), sum(maps)),
        ("latents", latents, 0),
        ("errors of latents", latents, 0),
        ("places of maxima", 0, 2 * pooled),
        ("errors of maps", 0, errors),
    )
    return [
        Kept(what=what, local=batch * local, backward=batch * backward)
        for what, local, backward in rows
    ]
