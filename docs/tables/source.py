"""Reading what the tables are made from: committed results, and the docstrings of fields."""

import ast
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

__all__ = ["BENCH", "RESULTS", "command", "field_docs", "member_docs", "result"]

BENCH = Path(__file__).parents[2] / "bench"
RESULTS = BENCH / "results"
_OUTPUTS = ("--json", "--plot", "--checkpoint")
"""Options that change nothing about a result."""


def result(name: str) -> Any:
    """A JSON file of bench/results."""
    return json.loads((RESULTS / name).read_text())


def command(text: str) -> str:
    """A command without the files that it wrote."""
    words, shown = iter(text.split()), []
    for word in words:
        if word in _OUTPUTS:
            next(words)
        else:
            shown.append(word)
    return f"`{' '.join(shown)}`"


def field_docs(kind: type) -> dict[str, str]:
    """The string after each annotated field of a class, on one line."""
    return _docs(kind, ast.AnnAssign)


def member_docs(kind: type) -> dict[str, str]:
    """The string after each member of an enumeration, on one line."""
    return _docs(kind, ast.Assign)


def _docs(kind: type, assignment: type[ast.stmt]) -> dict[str, str]:
    """The string after each such assignment in a class."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found, name = {}, ""
    for node in definition.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = " ".join(str(node.value.value).split())
        name = ""
        if isinstance(node, assignment):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]  # type: ignore[attr-defined]
            name = target.id if isinstance(target, ast.Name) else ""
    return found
