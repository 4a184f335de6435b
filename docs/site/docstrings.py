"""Docstrings of this project as reStructuredText: their sections become lists."""

import re

__all__ = ["formatted", "reformat"]

_SECTION = re.compile(r"^(\w+)\n-{3,}\n", re.MULTILINE)
_ITEM = re.compile(r"(?:^|(?<=[.;] ))((?:\w+, )*\w+) : ", re.MULTILINE)


def reformat(
    app: object, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Sphinx calls this with each docstring that it documents."""
    lines[:] = formatted("\n".join(lines)).splitlines()


def formatted(docstring: str) -> str:
    """A docstring whose sections, such as `Parameters`, are headings with lists.

    An entry is `name : what it is`; several may share a line.
    """
    text, *parts = _SECTION.split(docstring)
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        text += f".. rubric:: {heading}\n\n{_entries(body)}\n"
    return text


def _entries(body: str) -> str:
    """The entries of a section; a section without any stays a paragraph."""
    _, *found = _ITEM.split(body)
    pairs = zip(found[::2], found[1::2], strict=True)
    items = [f"- **{names}**: {' '.join(what.split())}" for names, what in pairs]
    return "\n".join(items) + "\n" if items else body
