"""The style table of the gateware: `python bench/style.py`.

Prints, as Markdown, how long files and `elaborate()` are, how many helpers build on a module that
is passed to them as `m`, and how ports are joined. `tests/test_structure.py` holds the limits.
Only the syntax is read: nothing is imported.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

__all__ = ["Elaboration", "Source", "calls", "elaborations", "helpers", "sources", "table"]

ROOT = Path(__file__).parents[1]
GATEWARE = ROOT / "lls_hw" / "gateware"
NOT_HELPERS = ("delay",)
"""Functions that may take `m`."""
TOP_COMPONENTS = ("Core", "ArrayUnit", "LocalUpdateUnit", "Loss", "HostPort")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def name(self) -> str:
        """Path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def functions(self) -> dict[str, Function]:
        """Functions of the module itself, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    @property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Names that come from other modules: module and name there."""
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }


@dataclass(frozen=True)
class Elaboration:
    """The `elaborate()` of one component."""

    where: str
    """File and class."""
    lines: int
    whole: int
    """Lines with all helpers that it calls with `m`, and those that these call."""


def sources(folder: Path = GATEWARE) -> list[Source]:
    """All Python files of a folder, those of linked folders as well."""
    return [Source(path) for path in sorted(folder.rglob("*.py"))]


def _length(node: Function) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _takes_m(node: Function) -> bool:
    arguments = node.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return any(a.arg == "m" for a in every)


def helpers(source: Source) -> list[Function]:
    """Functions and methods, nested ones as well, that take `m` and may not."""
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, Function) and _takes_m(node) and node.name not in NOT_HELPERS
    ]


class _Resolver:
    """Finds the functions that a call with `m` leads to."""

    def __init__(self, files: Iterable[Source]) -> None:
        files = list(files)
        self._files = {self._module(file): file for file in files}

    @staticmethod
    def _module(file: Source) -> str:
        return file.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def _class(self, file: Source, name: str) -> tuple[Source, ast.ClassDef] | None:
        """A class by the name that it has in a file."""
        if name in file.classes:
            return file, file.classes[name]
        module, original = file.imports.get(name, ("", ""))
        return self._class(self._files[module], original) if module in self._files else None

    def _method(self, file: Source, owner: ast.ClassDef, name: str) -> "_Place | None":
        """A method of a class or of what it derives from."""
        for node in owner.body:
            if isinstance(node, Function) and node.name == name:
                return _Place(file, owner, node)
        for base in owner.bases:
            found = self._class(file, base.id) if isinstance(base, ast.Name) else None
            place = self._method(*found, name) if found else None
            if place:
                return place
        return None

    def called(self, place: "_Place") -> Iterator["_Place"]:
        """Helpers that a function calls with `m` among the arguments."""
        for node in ast.walk(place.function):
            if not isinstance(node, ast.Call):
                continue
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            if not any(isinstance(a, ast.Name) and a.id == "m" for a in given):
                continue
            found = self._target(place, node.func)
            if found and found.function.name not in NOT_HELPERS:
                yield found

    def _target(self, place: "_Place", called: ast.expr) -> "_Place | None":
        file = place.file
        if isinstance(called, ast.Attribute) and place.owner is not None:
            return self._method(file, place.owner, called.attr)
        if not isinstance(called, ast.Name):
            return None
        if called.id in file.functions:
            return _Place(file, None, file.functions[called.id])
        module, name = file.imports.get(called.id, ("", ""))
        if module in self._files and name in self._files[module].functions:
            return _Place(self._files[module], None, self._files[module].functions[name])
        return None


@dataclass(frozen=True)
class _Place:
    file: Source
    owner: ast.ClassDef | None
    function: Function


def elaborations(files: Iterable[Source]) -> list[Elaboration]:
    """Every `elaborate()`, alone and with its helpers; each helper counts once."""
    files = list(files)
    resolver, found = _Resolver(files), []
    for file in files:
        for owner in file.classes.values():
            for node in owner.body:
                if isinstance(node, Function) and node.name == "elaborate":
                    seen = {node: 0}
                    waiting = [_Place(file, owner, node)]
                    while waiting:
                        for place in resolver.called(waiting.pop()):
                            if place.function not in seen:
                                seen[place.function] = _length(place.function)
                                waiting.append(place)
                    lines = _length(node)
                    where = f"{file.name}: {owner.name}"
                    found.append(Elaboration(where, lines, lines + sum(seen.values())))
    return found


def calls(node: ast.AST) -> tuple[int, int]:
    """Numbers of `.eq(` and of `connect(` in a piece of code."""
    functions = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    assignments = sum(isinstance(f, ast.Attribute) and f.attr == "eq" for f in functions)
    connections = sum(isinstance(f, ast.Name) and f.id == "connect" for f in functions)
    return assignments, connections


def _span(values: Iterable[int]) -> str:
    values = list(values)
    return f"{median(values):g} / {max(values)}"


def table(files: list[Source]) -> str:
    """The measurements as Markdown."""
    found = elaborations(files)
    count = sum(len(helpers(file)) for file in files)
    documented = sum(ast.get_docstring(file.tree) is not None for file in files)
    totals = [sum(column) for column in zip(*(calls(file.tree) for file in files), strict=True)]
    rows = [
        ("files", f"{len(files)}"),
        ("file lines, median / max", _span(file.lines for file in files)),
        ("module docstrings", f"{documented / len(files):.0%}"),
        ("components", f"{len(found)}"),
        ("`elaborate()`, median / max", _span(e.lines for e in found)),
        ("the same with helpers that take `m`", _span(e.whole for e in found)),
        ("helpers that take `m`", f"{count}"),
        ("`.eq(` to `connect(`, all", f"{totals[0]:,} : {totals[1]}"),
    ]
    for name in TOP_COMPONENTS:
        for file in files:
            if name in file.classes:
                assignments, connections = calls(file.classes[name])
                rows.append((f"`.eq(` to `connect(`, {name}", f"{assignments} : {connections}"))
    longest = sorted(found, key=lambda e: e.whole, reverse=True)[:5]
    rows += [(f"longest: `{e.where}`", f"{e.lines}, with helpers {e.whole}") for e in longest]
    return "\n".join(["| | gateware |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])


def main() -> int:
    """Command line; returns the exit status."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(table(sources()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
