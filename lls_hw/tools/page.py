"""Generated regions of Markdown pages: code makes the text between two comments.

A region begins with the line `<!-- table NAME -->` and ends with the line `<!-- end -->`.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from lls_hw.errors import LlsError
from lls_hw.tools.files import replace_file

__all__ = ["check_region", "fill", "filled", "markdown_table", "region_names"]

_REGION = re.compile(r"^<!-- table (\S+) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)


def region_names(page: str) -> list[str]:
    """Names of the page's regions, in order."""
    return [match[1] for match in _REGION.finditer(page)]


def filled(page: str, make: Callable[[str], str]) -> str:
    """The page with the text that `make` returns for the name of each region."""

    def region(match: re.Match[str]) -> str:
        return f"<!-- table {match[1]} -->\n{make(match[1]).strip(chr(10))}\n<!-- end -->"

    return _REGION.sub(region, page)


def check_region(path: Path, name: str) -> str:
    """The text of a page that has the region; LlsError if it has none of that name."""
    try:
        page = path.read_text("utf-8")
    except OSError as error:
        raise LlsError(f"{path} cannot be changed ({error.strerror}).") from error
    if name not in region_names(page):
        raise LlsError(
            f"{path} has no region {name}; add the lines <!-- table {name} --> and "
            "<!-- end --> where the text belongs."
        )
    return page


def fill(path: Path, name: str, text: str) -> None:
    """Replaces one region of a page; LlsError if the page has no region of that name."""
    page = check_region(path, name)
    kept = {match[1]: match[2] for match in _REGION.finditer(page)}
    try:
        replace_file(path, filled(page, lambda region: (kept | {name: text})[region]))
    except OSError as error:
        raise LlsError(f"{path} cannot be changed ({error.strerror}).") from error


def markdown_table(rows: Sequence[Sequence[object]]) -> str:
    """A table whose first row is its head."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"
