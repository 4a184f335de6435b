"""The documentation as a site: it builds without a warning, and its links lead somewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import lls_hw
from docs.site.contents import START, contents
from docs.site.docstrings import formatted

ROOT = Path(__file__).parents[1]


class Page(HTMLParser):
    """Targets of a page's links, and the anchors it has."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.anchors = set(), set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name == "id":
                self.anchors.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site; a warning fails the build."""
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "docs.site", "--out", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_links_lead_somewhere(site):
    """Every file and every anchor that a page of the site links to."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    checked = 0
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            linked = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert linked.is_file(), f"{path.name}: {target}"
            if parts.fragment and linked in pages:
                assert unquote(parts.fragment) in pages[linked].anchors, f"{path.name}: {target}"
            checked += 1
    assert checked > 1000 and (site / "docs/index.html").resolve() in pages


def test_interface_is_complete(site):
    """Each public name is on the page of the Python interface."""
    anchors = Page(site / "docs" / "api.html").anchors
    text = (site / "docs" / "api.html").read_text()
    assert ".safetensors</span>" in text and "ndarray" not in text
    for name in set(lls_hw.__all__) - {"__version__"}:
        assert f"lls_hw.{name}" in anchors, name
    assert {
        "lls_hw.Model.fit",
        "lls_hw.Training.batch",
        "lls_hw.Dataset.first",
        "lls_hw.Conv.outputs",
    } <= anchors


def test_start_page_has_every_page():
    """In one group only."""
    groups = contents((ROOT / f"{START}.md").read_text())
    assert list(groups) == ["Start", "How to", "Reference", "Explanation", "Results"]
    listed = [path for links in groups.values() for path in links.values()]
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert sorted(path for path in listed if "/" not in path) == sorted(pages)
    assert len(set(listed)) == len(listed)


def test_contents_of_a_page():
    page = "# T\n\n- [no](no.md): x\n\n## A\n\n- [x y](../x.md): t\n- [z](z.md#a)\n\n## B\n\ntext\n"
    assert contents(page) == {"A": {"x y": "../x"}}


def test_sections_of_a_docstring():
    """Entries of several lines, several entries of a line, a section that is a paragraph."""
    docstring = "What.\n\nParameters\n----------\na : one\n    or two. b, c : more\nd : last\n\n"
    docstring += "Returns\n-------\nA number.\n"
    assert formatted(docstring) == (
        "What.\n\n.. rubric:: Parameters\n\n- **a**: one or two.\n- **b, c**: more\n"
        "- **d**: last\n\n.. rubric:: Returns\n\nA number.\n\n"
    )
    assert formatted("Only text.\n") == "Only text.\n"


def test_backticks_of_a_docstring():
    """Names stay for Sphinx to look up; anything else is shown as it stands."""
    docstring = "See `Model.fit`, `.onnx`, `sim:tiny`, ``done``, and `x = 1`."
    shown = "See `Model.fit`, ``.onnx``, ``sim:tiny``, ``done``, and ``x = 1``."
    assert formatted(docstring) == shown
