"""The house: sizes of components, docstrings and `__all__`, and who may import whom."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from bench.style import ROOT, Function, Source, elaborations, helpers, sources

FOLDERS = {"lls_hw": ROOT / "lls_hw", "golden": ROOT / "golden", "boards": ROOT / "boards"}
SOURCES = [source for folder in FOLDERS.values() for source in sources(folder)]
GATEWARE = sources()

FLOORS = (
    {"errors", "version"},
    {"contract", "tools"},
    {"network", "datasets"},
    {"program", "gateware"},
    {"driver", "boards"},
    {"golden", "bitstream", "simulator"},
    {"export", "fit"},
    {"paper", "session"},
    {"adapt", "explore", "report"},
    {"__init__", "build", "doctor", "evaluate", "predict", "train"},
    {"__main__"},
)
"""What lies in `lls_hw`, from the ground up: nothing imports from its own floor or from above."""

WITHOUT_AMARANTH = ("errors", "contract", "tools", "network", "datasets", "program", "driver",
                    "golden")  # fmt: skip
WITHOUT_TORCH = ("errors", "contract", "tools", "network", "datasets", "program", "driver",
                 "gateware", "boards", "bitstream", "fit", "simulator", "build",
                 "doctor")  # fmt: skip


# Sizes of the gateware.


def test_no_helper_takes_a_module():
    """What does not fit a screen becomes a component; only `delay` builds in somebody else's."""
    found = [f"{source.name}: {node.name}" for source in GATEWARE for node in helpers(source)]
    assert found == []


FILLING = {"d", "submodules", "domains", "If", "Elif", "Else", "Switch", "Case", "Default", "FSM",
           "State"}  # fmt: skip
"""Attributes of a module that add to it."""


def _fills_a_module(node: ast.AST) -> bool:
    """Whether it uses `X.d`, `X.submodules`, `X.If` and the like, or joins interfaces in any X."""
    return any(
        (isinstance(n, ast.Attribute) and n.attr in FILLING)
        or (isinstance(n, ast.Call) and ast.unparse(n.func).endswith("connect"))
        for n in ast.walk(node)
    )


def test_modules_are_filled_in_elaborate_alone():
    """Also where the module goes by another name than `m`."""
    found = []
    for source in GATEWARE:
        for node in ast.walk(source.tree):
            if isinstance(node, Function | ast.Lambda) and _fills_a_module(node):
                found.append((source.name, getattr(node, "name", "lambda")))
    assert {item for item in found if item[1] != "elaborate"} == {
        ("lls_hw/gateware/delay.py", "delay")
    }
    assert sum(name == "elaborate" for _, name in found) > 70


@pytest.mark.parametrize(
    "body",
    ["q.d.sync += a", "domain = q.d", "q.submodules.x = x", "q.If(a)", "wiring.connect(q, a, b)",
     "lambda q: q.d.comb"],
)  # fmt: skip
def test_filling_is_found(body):
    assert _fills_a_module(ast.parse(body))
    assert not _fills_a_module(ast.parse("a = self.read.data[0]"))


def test_every_elaborate_fits_a_screen():
    found = elaborations(GATEWARE)
    assert len(found) > 70
    assert {e.where: e.whole for e in found if e.whole > 100} == {}
    assert median(e.whole for e in found) <= 30


def test_no_file_is_long():
    assert {source.name: source.lines for source in SOURCES if source.lines > 350} == {}


def _words(source: Source) -> set[str]:
    """All identifiers, those in strings as well."""
    found = set()
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                found.add(name)
    return found


def test_enables_are_written_out():
    """`write_enable`, not `write_en`. Ports of Amaranth's own memories are called `en` alone."""
    found = [(source.name, word) for source in GATEWARE for word in _words(source)]
    assert [(name, word) for name, word in found if re.search(r"\w_en$", word)] == []


# Every module says what it is for and what it offers.


def test_modules_have_docstrings():
    assert [source.name for source in SOURCES if not ast.get_docstring(source.tree)] == []


def _public(source: Source) -> set[str]:
    """Names that a module defines itself and does not mark as its own."""
    names = set()
    for node in source.tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


def _offered(source: Source) -> list[str] | None:
    """The module's `__all__`."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def test_modules_say_what_they_offer():
    assert [s.name for s in SOURCES if _public(s) and _offered(s) is None] == []


def test_what_is_offered_exists():
    """Each name once, and defined or imported in the module."""
    for source in SOURCES:
        offered = _offered(source) or []
        assert len(offered) == len(set(offered)), source.name
        assert set(offered) <= _public(source) | set(source.imports), source.name


# Who imports whom.


def _module(source: Source) -> str:
    """Its name as it is imported; a package's is that of its `__init__`."""
    folder = next(name for name, path in FOLDERS.items() if source.path.is_relative_to(path))
    prefix = "lls_hw" if folder == "lls_hw" else f"lls_hw.{folder}"
    inside = source.path.relative_to(FOLDERS[folder]).with_suffix("")
    return ".".join([prefix, *inside.parts])


MODULES = {_module(source): source for source in SOURCES}


def _resolved(name: str) -> str | None:
    """The module of this package that a dotted name stands for, or None."""
    if name in MODULES:
        return name
    return f"{name}.__init__" if f"{name}.__init__" in MODULES else None


def _imported(source: Source) -> set[str]:
    """Modules that one imports, also inside functions; others' by their dotted name."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {_resolved(alias.name) or alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{source.name} has a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(_resolved(whole) or _resolved(node.module) or node.module)
    return found


IMPORTS = {name: _imported(source) for name, source in MODULES.items()}


def test_imports_are_found():
    """The search itself: a module, a package's face, and one inside a function."""
    assert "lls_hw.contract.config" in IMPORTS["lls_hw.gateware.core"]
    assert "lls_hw.bitstream.__init__" in IMPORTS["lls_hw.build"]
    assert "lls_hw.golden.self_test" in IMPORTS["lls_hw.train"]
    assert "amaranth.hdl" in IMPORTS["lls_hw.gateware.core"]
    assert not [n for names in IMPORTS.values() for n in names if n in ("lls_hw", "golden")]


def test_imports_are_spelt_out():
    """By their full name, and nothing that an installed package would lack."""
    elsewhere = {"tests", "sim", "bench", "docs", *FOLDERS}
    for name, imported in IMPORTS.items():
        assert not {o.partition(".")[0] for o in imported - MODULES.keys()} & elsewhere, name
    hidden = {"import_module", "__import__", "eval", "exec"}
    found = {
        source.name
        for source in SOURCES
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Name) and node.id in hidden)
        or (isinstance(node, ast.Attribute) and node.attr in hidden - {"eval"})
    }
    # Its own neighbours, by their file names; and what the package's face shows and the module of a
    # command, on demand.
    assert found == {"boards/board.py", "lls_hw/__init__.py", "lls_hw/__main__.py"}


def test_every_room_has_its_floor():
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))
    assert set(rooms) == {name.split(".")[1] for name in MODULES}


def test_no_import_runs_upward():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    found = []
    for name, imported in IMPORTS.items():
        here = name.split(".")[1]
        for other in imported & MODULES.keys():
            there = other.split(".")[1]
            if here != there and floor[there] >= floor[here]:
                found.append(f"{name} imports {other}")
    assert found == []


def _circle(edges: dict[str, set[str]]) -> list[str]:
    """Nodes that lie on circles: what is left when all others have been taken away."""
    edges = {node: targets - {node} for node, targets in edges.items()}
    while True:
        ends = {node for node, targets in edges.items() if not targets & edges.keys()}
        nodes = edges.keys() - ends
        starts = nodes - set().union(*(edges[node] for node in nodes))
        if not ends and not starts:
            return sorted(nodes)
        edges = {node: edges[node] for node in nodes - starts}


PACKAGES = sorted({name.rsplit(".", depth)[0] for name in MODULES for depth in (1, 2)} - {"lls_hw"})


def test_circles_are_found():
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]
    assert _circle({"a": {"a", "b"}, "b": set()}) == []


@pytest.mark.parametrize("package", ["lls_hw", *PACKAGES])
def test_no_circle(package):
    """Among what lies in a package, modules and packages alike."""
    depth = package.count(".") + 1
    edges: dict[str, set[str]] = {}
    for name, imported in IMPORTS.items():
        if name.startswith(package + "."):
            inside = {o for o in imported & MODULES.keys() if o.startswith(package + ".")}
            targets = edges.setdefault(name.split(".")[depth], set())
            targets |= {other.split(".")[depth] for other in inside}
    assert _circle(edges) == []


def _reach(room: str) -> set[str]:
    """Everything that comes along when all of a room is imported, functions included.

    The package's face imports on demand: tests/session/test_face.py.
    """
    waiting = [name for name in MODULES if name.split(".")[1] == room]
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        parts = name.split(".")
        parents = {_resolved(".".join(parts[:k])) for k in range(2, len(parts))} - {None}
        for other in IMPORTS.get(name, set()) | parents:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@pytest.mark.parametrize(
    ("package", "rooms"), [("amaranth", WITHOUT_AMARANTH), ("torch", WITHOUT_TORCH)]
)
def test_what_comes_along(package, rooms):
    found = {
        room: sorted(name for name in _reach(room) if name.partition(".")[0] == package)
        for room in rooms
    }
    assert found == dict.fromkeys(rooms, [])
    assert any(name.partition(".")[0] == package for name in _reach("train") | _reach("build"))


def test_linked_folders():
    """`golden` and `boards` are parts of the package that lie at the top of the repository."""
    for name in ("golden", "boards"):
        assert (ROOT / "lls_hw" / name).resolve() == Path(FOLDERS[name])
