"""What a training step keeps, where and when; and what backpropagation would have to keep."""

from dataclasses import dataclass

from lls_hw.contract.descriptor import Operation
from lls_hw.contract.formats import ACT_BITS, LATENT_BITS
from lls_hw.program.compiler import Program

__all__ = ["Kept", "Region", "kept", "live_peak", "regions"]


@dataclass(frozen=True, kw_only=True)
class Region:
    """Words `base` to `end` - 1 of a memory, in use from cycle `start` to `stop` of a step."""

    memory: str
    layer: int
    base: int
    end: int
    start: int
    stop: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Bits of one kind that a training step keeps beside the weights, for the whole batch."""

    what: str
    local: int
    """With local learning, as planned here."""
    backward: int
    """With backpropagation, same number formats and same fusing of pooling."""


def regions(program: Program) -> list[Region]:
    """Regions of activations, signs, latents and errors, in the order of the layers.

    A region is in use from the start of the operation that writes it to the end of the last one
    that reads it. Layer -1 stands for the inputs: one buffer is read while the host fills the
    other, so both are in use all the time.
    """
    span = {(s.descriptor.operation, s.descriptor.layer): s for s in program.spans}
    first = program.layers[0]
    found = []
    if not first.packed:
        found.append(
            Region(
                memory="activation memory", layer=-1, base=0, end=2 * program.x_buffer, start=0,
                stop=program.train_cycles,
            )
        )  # fmt: skip
    for plan in program.layers:
        forward = span[Operation.FORWARD, plan.index]
        local = span[Operation.LOCAL, plan.index]
        gradient = span[Operation.GRADIENT, plan.index]
        reader = span.get((Operation.GRADIENT, plan.index + 1))
        places = [
            ("latent memory", plan.latent_base, plan.latent_end, forward.start, local.end),
            ("error memory", plan.latent_base, plan.latent_end, local.start, gradient.end),
        ]
        if reader is not None:
            places += [
                ("activation memory", plan.act_base, plan.act_end, forward.start, reader.end),
                ("sign memory", plan.sign_base, plan.sign_end, forward.start, gradient.end),
            ]
        found += [
            Region(memory=memory, layer=plan.index, base=base, end=end, start=start, stop=stop)
            for memory, base, end, start, stop in places
        ]
    return found


def live_peak(found: list[Region], memory: str) -> int:
    """Most words of a memory that are in use at once."""
    mine = [region for region in found if region.memory == memory]
    return max(
        (sum(r.end - r.base for r in mine if r.start <= moment.start < r.stop) for moment in mine),
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
