"""Docstrings of this project as reStructuredText: sections become lists, backticks code."""

import re

__all__ = ["formatted", "reformat", "shorten"]

_SECTION = re.compile(r"^(\w+)\n-{3,}\n", re.MULTILINE)
_ITEM = re.compile(r"(?:^|(?<=[.;] ))((?:\w+, )*\w+) : ", re.MULTILINE)
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_NAME = re.compile(r"[a-zA-Z_][\w.]*")
_ARRAY = re.compile(
    r"~?numpy\.ndarray\[tuple\[~?typing\.Any, \.\.\.\], ~?numpy\.dtype\[([^]]+)\]\]"
)


def shorten(
    app: object,
    what: str,
    name: str,
    obj: object,
    options: object,
    given: str | None,
    returned: str | None,
) -> tuple[str, str] | None:
    """Sphinx calls this with each signature: arrays are called `NDArray`, as in the code."""
    if given is None:
        return None
    return _ARRAY.sub(r"NDArray[\1]", given), _ARRAY.sub(r"NDArray[\1]", returned or "")


def reformat(
    app: object, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Sphinx calls this with each docstring that it documents."""
    lines[:] = formatted("\n".join(lines)).splitlines()


def formatted(docstring: str) -> str:
    """A docstring whose sections, such as `Parameters`, are headings with lists.

    An entry is `name : what it is`; several may share a line. Names in backticks may become links,
    everything else in backticks is code as it stands.
    """
    text, *parts = _SECTION.split(_CODE.sub(_code, docstring))
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        text += f".. rubric:: {heading}\n\n{_entries(body)}\n"
    return text


def _code(match: re.Match[str]) -> str:
    """A name, which Sphinx looks up, or literal text."""
    return match[0] if _NAME.fullmatch(match[1]) else f"``{match[1]}``"


def _entries(body: str) -> str:
    """The entries of a section; a section without any stays a paragraph."""
    _, *found = _ITEM.split(body)
    pairs = zip(found[::2], found[1::2], strict=True)
    items = [f"- **{names}**: {' '.join(what.split())}" for names, what in pairs]
    return "\n".join(items) + "\n" if items else body
