"""Tables of the contract between host and hardware: spaces, registers, descriptors, formats."""

from collections.abc import Callable
from dataclasses import MISSING, fields

from docs.tables.source import field_docs, member_docs
from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.contract.axi import AxiRegister
from lls_hw.contract.config import PRESETS, Config, preset
from lls_hw.contract.descriptor import (
    ARRAY,
    FIELDS,
    HEADER,
    LOCAL,
    WORDS,
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
)
from lls_hw.contract.fields import Layout
from lls_hw.contract.modulation import MODULATIONS
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.units import Operation, Unit
from lls_hw.network.layer_settings import WEIGHT_FRACTION
from lls_hw.tools.page import markdown_table

__all__ = [
    "configuration", "descriptor_array", "descriptor_header", "descriptor_local", "formats",
    "limits", "operations", "presets", "register_rows", "registers", "spaces", "units",
]  # fmt: skip

_SMALL = preset("small")
_POWER_MAX = 4 ** (c.POWER_SPAN[1] - c.POWER_SPAN[0])


def spaces() -> str:
    """Address spaces by number."""
    rows = [["number", "name", "access", "element", "bytes", "while running", "`small`", "content"]]
    for space in sorted(Space):
        size = f"{space.capacity(_SMALL):,}"
        running = "yes" if space.while_running else "waits"
        rows.append([
            str(int(space)), f"`{space.name}`", space.access, space.dtype.name,
            str(space.element_bytes), running, size, str(space.__doc__),
        ])  # fmt: skip
    return markdown_table(rows)


def registers() -> str:
    """Control registers by address."""
    rows = [["address", "name", "access", "bits", "meaning"]]
    return markdown_table(rows + register_rows(Register, str))


def register_rows(
    kind: type[Register] | type[AxiRegister], place: Callable[[int], str]
) -> list[list[str]]:
    """Place, name, access, bits and meaning of each register, by address."""
    rows = []
    for register in sorted(kind):
        bits = ", ".join(
            f"{_place(position, register.fields[field].bits)} {field}"
            for field, position in register.fields.positions.items()
        )
        name = f"`{register.name}`"
        rows.append([place(int(register)), name, register.access, bits, str(register.__doc__)])
    return rows


def _place(position: int, width: int) -> str:
    """Bits of a field: `7:0`, or `3` for a single one."""
    return f"{position + width - 1}:{position}" if width > 1 else str(position)


def operations() -> str:
    """Codes of the field `operation`, and the unit of each."""
    docs = member_docs(Operation)
    rows = [["code", "name", "unit", "meaning"]]
    for operation in Operation:
        unit = "–" if operation.unit is None else f"`{operation.unit.name}`"
        rows.append([str(int(operation)), f"`{operation.name}`", unit, docs[operation.name]])
    return markdown_table(rows)


def units() -> str:
    """Units of the engine, by the bit that stands for them in `wait`."""
    docs = member_docs(Unit)
    rows = [["bit", "unit", "what it is"]]
    rows += [[str(int(unit)), f"`{unit.name}`", docs[unit.name]] for unit in Unit]
    return markdown_table(rows)


def _descriptor(kind: type[Descriptor], layout: Layout, first: int) -> str:
    """Fields of a layout with their positions in the descriptor."""
    docs = field_docs(kind)
    rows = [["bits", "field", "width", "number", "meaning"]]
    for name, position in layout.positions.items():
        field = layout[name]
        number = "signed" if field.signed else "modulo" if field.wraps else "unsigned"
        place = _place(first + position, field.bits)
        rows.append([place, f"`{name}`", str(field.bits), number, docs[name]])
    return markdown_table(rows)


def descriptor_header() -> str:
    """Fields that every descriptor begins with."""
    note = (
        f"A descriptor is {WORDS} elements of 32 bits; {HEADER.bits} bits of header, then "
        f"{ARRAY.bits} bits for the array or {LOCAL.bits} for the local update unit.\n"
    )
    return f"{note}\n{_descriptor(Descriptor, HEADER, 0)}"


def descriptor_array() -> str:
    """Fields of FORWARD and GRADIENT."""
    return _descriptor(ArrayDescriptor, ARRAY, HEADER.bits)


def descriptor_local() -> str:
    """Fields of LOCAL."""
    return _descriptor(LocalDescriptor, LOCAL, HEADER.bits)


def configuration() -> str:
    """Fields of a configuration."""
    docs = field_docs(Config)
    rows = [["field", "default", "meaning"]]
    for field in fields(Config):
        default = "–" if field.default is MISSING else str(field.default).lower()
        rows.append([f"`{field.name}`", default, docs.get(field.name, "")])
    return markdown_table(rows)


def presets() -> str:
    """Fields of all presets, and what follows from them."""
    rows = [["field", *(f"`{name}`" for name in PRESETS)]]
    for field in fields(Config):
        values = [getattr(config, field.name) for config in PRESETS.values()]
        rows.append([f"`{field.name}`", *(_value(value) for value in values)])
    weights = [config.weight_depth * config.cols for config in PRESETS.values()]
    rows.append(["multipliers", *(str(config.macs_per_cycle) for config in PRESETS.values())])
    rows.append(["weights", *(f"{count:,}" for count in weights)])
    return markdown_table(rows)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}"


def _symmetric(limit: int) -> str:
    return f"−{limit}..{limit}"


def formats() -> str:
    """Number formats of the arithmetic."""
    latent, whole = f"{f.LATENT_BITS} bit", 1 << f.PROBABILITY_FRACTION
    operand = f.ERROR_MAX << f.SLOPE_SHIFT
    wide = f.WEIGHT_BITS - 1
    rows = [
        ["number", "format", "range"],
        ["input, activation h, average", f"int{f.ACT_BITS}",
         f"{_symmetric(f.ACT_MAX)}, never −{f.ACT_MAX + 1}"],
        ["latent u: h, or a sum of h", latent,
         f"{_symmetric(f.LATENT_MAX)}; a vector's {_symmetric(f.ACT_MAX)}"],
        ["weight w", f"int{f.WEIGHT_BITS}, Q{WEIGHT_FRACTION}",
         f"{_symmetric(f.WEIGHT_MAX)}, never −{f.WEIGHT_MAX + 1}: ±{1 << wide - WEIGHT_FRACTION}"],
        ["error E of a latent", f"int{f.ERROR_MAX.bit_length() + 1}, one exponent a batch and "
         "layer", _symmetric(f.ERROR_MAX)],
        ["operand v of the weight gradient", f"int{f.OPERAND_BITS}",
         f"E·{1 << f.SLOPE_SHIFT} or E·1: {_symmetric(operand)}"],
        ["sum z", f"{f.ACC_BITS} bit", "see below"],
        ["weight gradient", f"{f.PSUM_BITS} bit", "see below"],
        ["velocity (momentum)",
         f"int{f.VELOCITY_BITS}, {f.NOISE_BITS} fraction bits of a weight unit", "see below"],
        ["logit", f"{latent}, Q{f.LOGIT_FRACTION}", _symmetric(f.LATENT_MAX)],
        ["probability p, error e", f"Q{f.PROBABILITY_FRACTION}",
         f"0..{whole}; {_symmetric(whole)}"],
        ["error M before the common exponent", f"{latent}, one exponent a sample",
         _symmetric(f.LATENT_MAX)],
        ["noise", f"{f.NOISE_BITS} bit fraction", f"0..{(1 << f.NOISE_BITS) - 1}"],
        ["cosine basis", "int8, Q7", _symmetric(127)],
        ["modulation m, M", f"int{f.WEIGHT_BITS}, Q{f.MODULATION_FRACTION}",
         f"{_symmetric(f.WEIGHT_MAX)}: ±{1 << wide - f.MODULATION_FRACTION}"],
        ["normalised score n, modulated score r", f"{latent}, Q{f.SCORE_FRACTION}",
         f"{_symmetric(f.LATENT_MAX)}: ±{1 << f.LATENT_BITS - 1 - f.SCORE_FRACTION}"],
        ["gradient of a modulation", f"{f.PSUM_BITS} bit, Q{f.MODULATION_GRADIENT_FRACTION}",
         "see below"],
        ["output before normalisation", f"{c.WIDE_BITS} bit, {c.WIDE_FRACTION} fraction bits of an "
         "activation", f"−{1 << c.WIDE_BITS - 1}..{(1 << c.WIDE_BITS - 1) - 1}"],
        ["mean of a channel", f"{c.MEAN_BITS} bit, {c.FRACTION} fraction bits of a normalised "
         "output", f"{_symmetric(c.MEAN_MAX)}: ±{c.MEAN_MAX + 1 >> c.FRACTION}"],
        ["deviation of a channel", f"{c.DEVIATION_BITS} bit, {c.FRACTION} fraction bits",
         f"0..{f.ACT_MAX << c.FRACTION}: {f.ACT_MAX}"],
        ["power of a channel's gradient", f"{c.POWER_BITS} bit, {c.FRACTION} fraction bits",
         f"0..{_POWER_MAX << c.FRACTION}: {_POWER_MAX}"],
    ]  # fmt: skip
    return markdown_table(rows)


def limits() -> str:
    """Limits of networks that follow from the formats and from the descriptor's fields."""
    inputs = min(f.MAX_FAN_IN, 1 << f.NOISE_INDEX_BITS)
    cell, pixels = f.LATENT_MAX // f.ACT_MAX, f.MAX_BEATS
    rows = [
        ["limit", "value", "because"],
        ["inputs of an output", f"{inputs:,}",
         f"sums fit {f.ACC_BITS} bits up to {f.MAX_FAN_IN:,}; the noise index has "
         f"{f.NOISE_INDEX_BITS} bits"],
        ["output channels, latents of a block", f"{(1 << FIELDS['channels']) - 1:,}",
         f"the descriptor's field `channels` has {FIELDS['channels']} bits"],
        ["pixels of a cell", f"{cell:,}", f"its sum fits {f.LATENT_BITS} bits"],
        ["pixels of a layer in a batch", f"{pixels:,}", f"a gradient fits {f.PSUM_BITS} bits"],
        ["requantisation shift", f"0..{f.SHIFT_MAX}", ""],
        ["update shift", f"0..{f.UPDATE_SHIFT_MAX}", ""],
        ["temperature shift",
         f"−{-f.TEMPERATURE_SHIFTS[0]}..{f.TEMPERATURE_SHIFTS[-1]}", ""],
        ["momentum shift", f"0..{f.MOMENTUM_SHIFT_MAX}", ""],
        ["modulation", ", ".join(MODULATIONS), ""],
    ]  # fmt: skip
    return markdown_table(rows)
