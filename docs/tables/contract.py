"""Tables of the contract between host and hardware: spaces, registers, descriptors, formats."""

from dataclasses import fields

from docs.tables.source import field_docs
from lls_hw.contract import formats as f
from lls_hw.contract.config import PRESETS, Config, preset
from lls_hw.contract.descriptor import FIELDS, SIGNED, WORDS, WRAPPING, Descriptor, Operation
from lls_hw.contract.modulation import MODULATIONS
from lls_hw.contract.registers import Register, Space
from lls_hw.driver.spaces import READ_ONLY, TYPES, WRITE_ONLY, capacity
from lls_hw.network.layer_settings import WEIGHT_FRACTION
from lls_hw.tools.page import markdown_table

__all__ = [
    "configuration", "descriptor", "formats", "limits", "operations", "presets", "registers",
    "spaces",
]  # fmt: skip

_SMALL = preset("small")


def _access(readable: bool, writable: bool) -> str:
    return "r" * readable + "w" * writable


def spaces() -> str:
    """Address spaces by number."""
    rows = [["number", "name", "access", "element", "bytes", "while running", "`small`", "content"]]
    for space in sorted(Space):
        access = _access(space not in WRITE_ONLY, space not in READ_ONLY)
        size = f"{capacity(_SMALL, space):,}"
        running = "yes" if space.while_running else "waits"
        kind = TYPES[space].name
        rows.append([
            str(int(space)), f"`{space.name}`", access, kind, str(space.element_bytes), running,
            size, str(space.__doc__),
        ])  # fmt: skip
    return markdown_table(rows)


def registers() -> str:
    """Control registers by address."""
    rows = [["address", "name", "access", "meaning"]]
    for register in sorted(Register):
        name = f"`{register.name}`"
        rows.append([str(int(register)), name, register.access, str(register.__doc__)])
    return markdown_table(rows)


def operations() -> str:
    """Codes of the field `operation`."""
    docs = _enumeration_docs()
    rows = [["code", "name", "meaning"]]
    rows += [[str(int(o)), f"`{o.name}`", docs[o.name]] for o in Operation]
    return markdown_table(rows)


def _enumeration_docs() -> dict[str, str]:
    """The string after each member of `Operation`."""
    import ast
    import inspect

    (definition,) = ast.parse(inspect.getsource(Operation)).body
    assert isinstance(definition, ast.ClassDef)
    found, name = {}, ""
    for node in definition.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = " ".join(str(node.value.value).split())
    return found


def descriptor() -> str:
    """Fields of a descriptor with their positions."""
    docs = field_docs(Descriptor)
    rows, position = [["bits", "field", "width", "number", "meaning"]], 0
    for name, width in FIELDS.items():
        kind = "signed" if name in SIGNED else "modulo" if name in WRAPPING else "unsigned"
        end = position + width - 1
        bits = f"{end}:{position}" if width > 1 else str(position)
        rows.append([bits, f"`{name}`", str(width), kind, docs.get(name, "")])
        position += width
    note = f"{position} bits in {WORDS} elements of 32 bits.\n"
    return f"{note}\n{markdown_table(rows)}"


def configuration() -> str:
    """Fields of a configuration."""
    docs = field_docs(Config)
    rows = [["field", "default", "meaning"]]
    for field in fields(Config):
        default = "–" if field.name in _REQUIRED else str(field.default).lower()
        rows.append([f"`{field.name}`", default, docs.get(field.name, "")])
    return markdown_table(rows)


_REQUIRED = {"rows", "cols", "weight_depth", "act_depth"}
"""Fields that have no default."""


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
