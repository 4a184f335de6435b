"""Which package imports which, from the import statements of the sources."""

import ast
from pathlib import Path

from lls_hw.tools.page import markdown_table

__all__ = ["packages"]

ROOT = Path(__file__).parents[2]
_PREFIX = "lls_hw."


def imports() -> dict[str, set[str]]:
    """Packages of `lls_hw`, and modules at its top, with those that they import."""
    found: dict[str, set[str]] = {}
    for folder in (ROOT / "lls_hw", ROOT / "golden", ROOT / "boards"):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = parts[1] if parts[0] == "lls_hw" else parts[0]
            if name == "__init__":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                module = node.module if isinstance(node, ast.ImportFrom) else None
                if module and module.startswith(_PREFIX):
                    found.setdefault(name, set()).add(module.split(".")[1])
            found.setdefault(name, set()).discard(name)
    return found


def floors(found: dict[str, set[str]]) -> list[list[str]]:
    """Packages by the longest chain of imports below them; ValueError for a circle."""
    left, placed, result = dict(found), set(), []
    while left:
        floor = sorted(name for name, needs in left.items() if needs <= placed)
        if not floor:
            raise ValueError(f"These packages import each other in a circle: {', '.join(left)}.")
        result.append(floor)
        placed |= set(floor)
        left = {name: needs for name, needs in left.items() if name not in placed}
    return result


def packages() -> str:
    """One line a floor, the highest first; a package imports only from lower floors."""
    found = imports()
    rows = [["floor", "package", "imports"]]
    levels = floors(found)
    for number in reversed(range(len(levels))):
        for name in levels[number]:
            needs = ", ".join(f"`{need}`" for need in sorted(found[name])) or "–"
            rows.append([str(number), f"`{name}`", needs])
    return markdown_table(rows)
