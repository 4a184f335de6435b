"""design.json: what a bitstream contains and how to communicate with it."""

from typing import Any

from lls_hw import __version__
from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS, SIGNED, WORDS
from lls_hw.contract.registers import ADDRESS_BITS, INTERFACE_VERSION, Register, Space
from lls_hw.tools.toolchain import Tool

__all__ = ["describe"]


def describe(
    config: Config, preset: str, board: dict[str, Any], tools: list[Tool]
) -> dict[str, Any]:
    """The content of design.json."""
    return {
        "lls_hw": __version__,
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
                    "doc": register.__doc__,
                }
                for register in Register
            ],
            "descriptor": {"words": WORDS, "fields": _fields()},
        },
        "tools": {tool.name: tool.version for tool in tools},
    }


def _fields() -> list[dict[str, Any]]:
    """Descriptor fields with their positions."""
    fields, position = [], 0
    for name, width in FIELDS.items():
        fields.append({"name": name, "bit": position, "width": width, "signed": name in SIGNED})
        position += width
    return fields
