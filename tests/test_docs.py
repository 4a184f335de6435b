"""The documentation says what the code says: tables, paths, links, commands, options."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from docs.tables.__main__ import main
from docs.tables.pages import PAGES, REGIONS, generated
from lls_hw.tools.page import region_names

ROOT = Path(__file__).parents[1]
RECORDS = sorted((ROOT / "bench" / "results").glob("*.md"))
FOLDERS = "lls_hw|golden|boards|bench|docs|tests|sim|examples"
SOURCES = sorted(
    path
    for folder in ("lls_hw", "golden", "boards", "bench", "docs")
    for path in (ROOT / folder).rglob("*.py")
)
_PATH = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/(?:[\w.-]+/)*[\w.-]*)")
_LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([\w-]+))?\)")
_COMMAND = re.compile(
    r"(?:(python) -m ([\w.]+)|(?:python|sh) ((?:bench|examples)/[\w.]+)|(pytest) ([\w/.]+))"
)
_LINE = re.compile(r"python (?:-m )?([\w./]+)((?: (?:\\\n *)?[^`\n]*)*)")


def _named(text: str) -> list[str]:
    """Paths that a text names; those with a placeholder, such as FAMILY, or a glob are left out."""
    found = (match[1].rstrip(".") for match in _PATH.finditer(text))
    return [name for name in found if not re.search(r"[A-Z]{4}|-$", Path(name).stem)]


def _anchors(path: Path) -> set[str]:
    """What GitHub makes of the headings."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_tables_are_those_of_the_code(path):
    """Every region is what `python -m docs.tables` makes."""
    page = path.read_text()
    lines = page.splitlines()
    begins = sum(line.startswith("<!-- table ") for line in lines)
    assert begins == lines.count("<!-- end -->") == len(region_names(page))
    assert generated(page) == page, "run python -m docs.tables"


def test_every_table_is_on_one_page():
    """No generator is left over, no table is on two pages."""
    names = [name for path in PAGES for name in region_names(path.read_text())]
    assert sorted(names) == sorted(REGIONS)


def test_check_finds_a_page_that_is_out_of_date(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table crc -->\nold\n<!-- end -->\nafter\n")
    monkeypatch.setattr("docs.tables.__main__.PAGES", [page])
    assert main(["--check"]) == 1
    assert "old" in page.read_text() and "out of date" in capsys.readouterr().out
    assert main([]) == 0
    lines = page.read_text().splitlines()
    assert lines[0] == "before" and lines[-1] == "after" and "old" not in lines
    assert main(["--check"]) == 0


@pytest.mark.parametrize("path", [*PAGES, *RECORDS], ids=lambda path: path.name)
def test_paths_and_links_exist(path):
    for name in _named(path.read_text()):
        assert (ROOT / name).exists(), name
    for target, anchor in _LINK.findall(path.read_text()):
        linked = path.parent / target if target else path
        assert linked.exists(), target
        if anchor:
            assert anchor in _anchors(linked), f"{target}#{anchor}"


def test_paths_in_docstrings_exist():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                for name in _named(str(node.value.value)):
                    assert (ROOT / name).exists(), f"{path.relative_to(ROOT)}: {name}"


_ENGINE = "lls_hw/program/arguments.py"
PARSERS = {
    "lls_hw.build": ("lls_hw/bitstream/options.py", _ENGINE),
    "lls_hw.train": ("lls_hw/driver/arguments.py",),
    "lls_hw.adapt": ("lls_hw/driver/arguments.py",),
    "lls_hw.program": (_ENGINE,),
    "lls_hw.simulator": (_ENGINE,),
}
"""Where else a command's options are."""


def _source(program: str) -> str:
    """Text of the module or script that a command runs, and of what else has its options."""
    if program.startswith(("bench/", "examples/")):
        return (ROOT / program).read_text()
    folder = ROOT / program.replace(".", "/")
    file = folder / "__main__.py" if folder.is_dir() else folder.with_suffix(".py")
    others = PARSERS.get(program, ())
    return "".join(path.read_text() for path in (file, *(ROOT / other for other in others)))


@pytest.mark.parametrize("path", [*PAGES, *RECORDS], ids=lambda path: path.name)
def test_commands_exist(path):
    for python, module, script, pytest_, tests in _COMMAND.findall(path.read_text()):
        if python and module.partition(".")[0] in ("lls_hw", "docs"):
            assert importlib.util.find_spec(module), module
        elif script or pytest_:
            assert (ROOT / (script or tests)).exists(), script or tests


@pytest.mark.parametrize("path", [*PAGES, *RECORDS], ids=lambda path: path.name)
def test_options_exist(path):
    for program, arguments in _LINE.findall(path.read_text()):
        if program.startswith(("lls_hw.", "docs.", "bench/", "examples/")):
            text = _source(program)
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", arguments):
                assert f'"{option}"' in text, f"{program} {option}"
