"""Generated parts of a page of documentation."""

from pathlib import Path

from lls_hw.errors import LlsError

__all__ = ["fill", "markdown_table"]


def fill(path: Path, name: str, text: str) -> None:
    """Puts text between the lines `<!-- name -->` and `<!-- end of name -->` of a page."""
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    try:
        page = path.read_text()
        before, found, rest = page.partition(first)
        _, ended, after = rest.partition(last)
        if not (found and ended):
            raise LlsError(
                f"{path} has no lines {first.strip()} and {last.strip()}; add them where the text "
                "belongs."
            )
        path.write_text(before + first + text.rstrip("\n") + "\n" + last + after)
    except OSError as error:
        raise LlsError(f"{path} cannot be changed ({error.strerror}).") from error


def markdown_table(rows: list[list[str]]) -> str:
    """A table whose first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"
