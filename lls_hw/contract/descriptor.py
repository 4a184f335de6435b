"""Descriptors: what the host writes into the program memory, defined once.

A program is a list of descriptors, each WORDS 32-bit elements of `Space.PROGRAM`. A descriptor is
a header, the same for all operations, and a body with the layout of its unit. The sequencer
issues descriptors in order. `wait` holds one back until the units it names are idle, so the local
update of one layer overlaps the products of another.
"""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.fields import Field, Layout
from lls_hw.contract.units import MAX_UNITS, Operation, Unit, units_of

__all__ = [
    "ARRAY", "BODIES", "FIELDS", "HEADER", "LOCAL", "MOVE", "WITHOUT_MAPS", "WORDS",
    "ArrayDescriptor", "Descriptor", "LocalDescriptor", "MoveDescriptor", "largest",
]  # fmt: skip


def _bits(
    bits: int,
    default: Any = 0,
    *,
    signed: bool = False,
    wraps: bool = False,
    without_maps: int | None = None,
) -> Any:
    """A field of a descriptor: its bits, and what an engine without maps takes for it.

    A fully connected layer has one pixel a sample and one tap, so an engine without maps never
    takes a step to another one and does not look at these fields.
    """
    return field(
        default=default,
        metadata={"bits": bits, "signed": signed, "wraps": wraps, "without_maps": without_maps},
    )


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """The header, and the whole of an END descriptor."""

    operation: Operation = _bits(4, Operation.END)
    """The operation; it decides the layout of the body."""
    wait: frozenset[Unit] = _bits(MAX_UNITS, frozenset())
    """Units that must be idle before the operation is issued; its own unit must be anyway."""
    train: bool = _bits(1, False)
    """The operation learns; at the end of a program, the run was a training step."""
    layer: int = _bits(4)
    """Layer, counted from 0."""

    LAYOUT: ClassVar[Layout]
    """The fields of the class as they are packed, without those of the header."""

    def elements(self) -> list[int]:
        """WORDS elements of `Space.PROGRAM`; ValueError when a field does not fit."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["wait"] = sum(1 << unit for unit in self.wait)
        header = HEADER.pack(**{name: values.pop(name) for name in HEADER})
        packed = header | self.LAYOUT.pack(**values) << HEADER.bits
        return [packed >> 32 * k & 0xFFFFFFFF for k in range(WORDS)]


@dataclass(frozen=True, kw_only=True)
class ArrayDescriptor(Descriptor):
    """FORWARD or GRADIENT of one layer.

    Addresses and steps are in words of the memory they name.
    """

    operation: Operation = _bits(4, Operation.FORWARD)
    classifier: bool = _bits(1, False)
    """The layer is the classifier: no activation, logits instead of latents."""
    headroom: int = _bits(3)
    """Bits kept free above the largest activation of the previous batch."""
    logit_shift: int = _bits(5)
    """Right shift from the classifier's sum to its logit."""
    update_offset: int = _bits(8, signed=True)
    """Constant part of the update shift."""
    samples: int = _bits(10, 1)
    """Images of the batch."""
    pixels: int = _bits(15, 1)
    """Outputs a channel of the whole batch: samples * out_height * out_width."""
    band: int = _bits(15, 1)
    """Pixels whose sums are accumulated at once."""
    out_width: int = _bits(8, 1, without_maps=1)
    """Columns of the map before pooling."""
    out_height: int = _bits(8, 1, without_maps=1)
    """Rows of the map before pooling."""
    cell_bits: int = _bits(2, without_maps=0)
    """The latents of a channel are 2**cell_bits x 2**cell_bits cells of the map."""
    in_channels: int = _bits(14, 1)
    """Input channels, without padding."""
    in_tiles: int = _bits(13, 1)
    """Input channels in units of rows, rounded up."""
    out_tiles: int = _bits(12, 1)
    """Output channels of this operation in units of cols, rounded up."""
    out_stride: int = _bits(12, 1)
    """The same of the whole layer: words from a cell's latents, or a pixel's signs, to the next."""
    out_first: int = _bits(9)
    """Units of the layer before the first of this operation. The operation with the layer's last
    unit ends the layer's batch."""
    kernel_width: int = _bits(6, 1, without_maps=1)
    """Columns of the kernel."""
    kernel_height: int = _bits(6, 1, without_maps=1)
    """Rows of the kernel."""
    packed: bool = _bits(1, False, without_maps=0)
    """The input comes from the image memory through the patch packer: x_base and x_row_step are
    in its words, and `in_tiles` counts values of a patch."""
    pad_first: bool = _bits(1, False, without_maps=0)
    """The first row and column of the kernel lie outside for the first pixels."""
    pad_right: bool = _bits(1, False, without_maps=0)
    """The last column of the kernel lies outside for the last pixel of a row."""
    pad_bottom: bool = _bits(1, False, without_maps=0)
    """The last row of the kernel lies outside for the last row of pixels."""
    pool: bool = _bits(1, False, without_maps=0)
    """2 x 2 max pooling after the activation."""
    average: bool = _bits(1, False, without_maps=0)
    """The output is the requantised cell sums instead of the activations."""
    average_shift: int = _bits(4, without_maps=0)
    """Right shift from a cell's sum to its average."""
    x_base: int = _bits(20, wraps=True)
    """Word of the first tap of the first pixel; may lie before the map."""
    x_buffer: int = _bits(20)
    """Added to x_base when the run uses input buffer 1."""
    x_step: int = _bits(13, without_maps=0)
    """To the next pixel of a row."""
    x_row_step: int = _bits(20, wraps=True, without_maps=0)
    """From the last pixel of a row to the first of the next."""
    x_sample_step: int = _bits(20, wraps=True)
    """From the last pixel of an image to the first of the next."""
    tap_step: int = _bits(13, without_maps=0)
    """To the next column of the kernel."""
    tap_row_step: int = _bits(20, without_maps=0)
    """From a row of the kernel to the next, at its first column."""
    weight_base: int = _bits(20)
    """First weight; the others follow in the order in which the array visits them."""
    act_base: int = _bits(20)
    """First output."""
    act_stride: int = _bits(12)
    """Words of one output pixel."""
    latent_base: int = _bits(16)
    """First latent; the errors lie where the latents do."""
    sign_base: int = _bits(20)
    """First sign."""
    normalise: bool = _bits(1, False)
    """Outputs leave with mean and scale of each channel taken out."""
    channel_step: bool = _bits(1, False)
    """Each channel's gradient is divided by its running size."""
    channel_base: int = _bits(15)
    """First channel's state."""
    channel_stride: int = _bits(4)
    """Distance, in bits, of the samples of a channel: outputs of FORWARD, gradients of GRADIENT."""
    channel_shift: int = _bits(3)
    """Bits by which they are divided."""
    channel_target: int = _bits(8)
    """What the other statistic settles at: in FORWARD the power of the last gradient, in GRADIENT
    the deviation of the last outputs."""


@dataclass(frozen=True, kw_only=True)
class LocalDescriptor(Descriptor):
    """LOCAL of one layer."""

    operation: Operation = _bits(4, Operation.LOCAL)
    classifier: bool = _bits(1, False)
    """The layer is the classifier: no activation, logits instead of latents."""
    temperature_shift: int = _bits(4, signed=True)
    """The temperature of the local loss is 2**-temperature_shift."""
    samples: int = _bits(10, 1)
    """Images of the batch."""
    channels: int = _bits(12, 1)
    """Output channels of the layer, without padding."""
    tiles: int = _bits(12, 1)
    """Latent words of a cell: output channels in units of cols, rounded up."""
    length: int = _bits(12, 1)
    """Latents of a sample: channels of all cells."""
    words: int = _bits(17, 1)
    """Latent words of a sample: tiles of all cells."""
    latent_base: int = _bits(16)
    """First latent; the errors lie where the latents do."""
    classes: int = _bits(9)
    """Classes of the network."""
    basis_stride: int = _bits(12)
    """Words of the basis memory from one group of classes to the next."""
    cosine: bool = _bits(1, False)
    """The basis has fraction bits."""
    modulation: int = _bits(2)
    """Of the scores: number in `contract.modulation.MODULATIONS`."""
    modulation_shift: int = _bits(6)
    """Update shift of the modulation."""
    modulation_base: int = _bits(15)
    """First entry of the modulation."""
    vote: bool = _bits(1, False)
    """The scores are added to those of the layers before, and decide the prediction."""
    vote_first: bool = _bits(1, False)
    """The first layer that votes."""


@dataclass(frozen=True, kw_only=True)
class MoveDescriptor(Descriptor):
    """FILL or WRITE_BACK: weights between the external memory and the weight memory."""

    operation: Operation = _bits(4, Operation.FILL)
    count: int = _bits(24, 1)
    """Elements: a multiple of the columns."""
    external_base: int = _bits(ADDRESS_BITS)
    """First element in the external memory."""
    weight_base: int = _bits(20)
    """First word of the weight memory."""


def _fields(kind: type[Descriptor]) -> list[Field]:
    """Fields of a class in their order, the header's first."""
    return [
        Field(item.name, item.metadata["bits"], item.metadata["signed"], item.metadata["wraps"])
        for item in fields(kind)
    ]


HEADER = Layout(*_fields(Descriptor))
"""First in every descriptor; the unit's layout follows."""


def _body(kind: type[Descriptor]) -> Layout:
    return Layout(*(item for item in _fields(kind) if item.name not in HEADER))


ARRAY = _body(ArrayDescriptor)
"""Body of FORWARD and GRADIENT."""
LOCAL = _body(LocalDescriptor)
"""Body of LOCAL."""
MOVE = _body(MoveDescriptor)
"""Body of FILL and WRITE_BACK."""
Descriptor.LAYOUT, ArrayDescriptor.LAYOUT, LocalDescriptor.LAYOUT = _body(Descriptor), ARRAY, LOCAL
MoveDescriptor.LAYOUT = MOVE
BODIES = {None: Layout(), Unit.ARRAY: ARRAY, Unit.LOCAL: LOCAL, Unit.MOVER: MOVE}
"""The body of each unit's operations; of those without a unit it is empty."""
WORDS = -(-(HEADER.bits + max(body.bits for body in BODIES.values())) // 32)
FIELDS = {name: item.bits for layout in (HEADER, *BODIES.values()) for name, item in layout.items()}
"""Bits of each field; a name has the same width in all layouts."""
WITHOUT_MAPS: dict[str, int] = {
    item.name: item.metadata["without_maps"]
    for item in fields(ArrayDescriptor)
    if item.metadata["without_maps"] is not None
}
"""Fields that an engine without maps does not look at, and what it takes for them."""


def largest(config: Config) -> dict[str, int]:
    """Largest value of fields that an engine's memories limit below their width."""
    limits = {
        "operation": max(op for op in Operation if op.unit in (None, *units_of(config))),
        "wait": sum(1 << unit for unit in units_of(config)),
        "layer": config.max_layers - 1,
        "samples": config.max_batch,
        "classes": config.max_classes,
        "band": config.acc_depth,
        "channels": config.latent_depth * config.cols,
        "tiles": config.latent_depth,
        "words": config.latent_depth,
        "out_tiles": config.latent_depth,
        "in_tiles": config.weight_depth // config.rows,
        "in_channels": config.weight_depth,
        "cosine": config.basis_bits > 2,
        "modulation_base": max(config.modulation_depth - 1, 0),
        "channel_base": max(config.channel_depth - 1, 0),
        "vote": config.vote_depth > 0,
        "vote_first": config.vote_depth > 0,
    }
    if not config.external_depth:
        limits |= {"out_first": 0}
    if not config.channel_depth:
        limits |= {
            "normalise": 0,
            "channel_step": 0,
            "channel_stride": 0,
            "channel_shift": 0,
            "channel_target": 0,
        }
    if not config.modulation_depth:
        limits |= {"modulation": 0, "modulation_shift": 0}
    return limits if config.maps else limits | {"pixels": config.max_batch}
