"""What a result depends on besides its point: sources and tools."""

import importlib.metadata
from pathlib import Path
from typing import Any

from lls_hw.bitstream.families import flow_of
from lls_hw.boards import find_board
from lls_hw.tools.cache import digest

__all__ = ["BUILD_SOURCES", "GOLDEN_SOURCES", "build_identity", "source_digest"]

BUILD_SOURCES = ("bitstream", "boards", "contract", "gateware")
"""Packages that decide what a build becomes."""
GOLDEN_SOURCES = ("contract", "datasets", "driver", "golden", "network", "session")
"""Packages that decide what a network learns on the golden model."""


def source_digest(*packages: str) -> str:
    """Digest of all sources of packages of this one, and of what they are compiled or run by."""
    root = Path(__file__).parents[1]
    parts: list[str | bytes] = []
    for name in packages:
        files = sorted((root / name).rglob("*.py"), key=lambda file: file.as_posix())
        for file in files:
            parts += [file.relative_to(root).as_posix(), file.read_bytes()]
    return digest(*parts, importlib.metadata.version("amaranth"))


def build_identity(board: str, variant: str) -> dict[str, Any]:
    """Sources, board and versions of the tools on this computer, as JSON values.

    ToolMissing names what to install.
    """
    found = find_board(board)
    flow = flow_of(found.platform(found.variant(variant)))
    return {
        "sources": source_digest(*BUILD_SOURCES),
        "board": digest(found.definition, repr(found)),
        "tools": {tool.name: tool.version for tool in flow.tools},
    }
