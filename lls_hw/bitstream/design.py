"""design.json: what a bitstream contains and how to communicate with it."""

from typing import Any

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import BODIES, HEADER, WORDS
from lls_hw.contract.fields import Layout
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.units import Operation, Unit
from lls_hw.contract.version import INTERFACE_VERSION
from lls_hw.tools.toolchain import Tool
from lls_hw.version import VERSION

__all__ = ["describe", "fields"]


def describe(
    config: Config, preset: str, board: dict[str, Any], tools: list[Tool]
) -> dict[str, Any]:
    """The content of design.json."""
    return {
        "lls_hw": VERSION,
        "board": board,
        "preset": preset,
        "configuration": config.as_dict(),
        "digest": f"{config.digest:016x}",
        "interface": {
            "version": INTERFACE_VERSION,
            "address_bits": ADDRESS_BITS,
            "spaces": [
                {
                    "name": space.name,
                    "number": int(space),
                    "element_bytes": space.element_bytes,
                    "element_type": space.dtype.name,
                    "elements": space.capacity(config),
                    "access": space.access,
                    "while_running": space.while_running,
                    "doc": space.__doc__,
                }
                for space in Space
            ],
            "registers": [
                {
                    "name": register.name,
                    "address": int(register),
                    "access": register.access,
                    "fields": fields(register.fields),
                    "doc": register.__doc__,
                }
                for register in Register
            ],
            "descriptor": {
                "words": WORDS,
                "header": fields(HEADER),
                "operations": {
                    operation.name: {
                        "code": int(operation),
                        "fields": fields(BODIES[operation.unit], HEADER.bits),
                    }
                    for operation in Operation
                },
            },
            "units": {unit.name: int(unit) for unit in Unit},
        },
        "tools": {tool.name: tool.version for tool in tools},
    }


def fields(layout: Layout, first: int = 0) -> list[dict[str, Any]]:
    """Fields of a layout with their positions, the lowest at bit `first`."""
    return [
        {"name": name, "bit": first + position, "width": field.bits, "signed": field.signed}
        for (name, field), position in zip(layout.items(), layout.positions.values(), strict=True)
    ]
