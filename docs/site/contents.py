"""The site's contents: each group of links on the start page, as a table of contents.

The start page remains a list that reads well without the site.
"""

import re
from posixpath import dirname, join, normpath

__all__ = ["START", "add_contents", "contents"]

START = "docs/index"
_GROUP = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^- \[([^]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)


def contents(page: str) -> dict[str, dict[str, str]]:
    """For each heading with links, the title and the path of each, from the start page's folder."""
    groups = {heading: dict(_ENTRY.findall(body)) for heading, body in _GROUP.findall(page)}
    return {heading: links for heading, links in groups.items() if links}


def add_contents(app: object, docname: str, source: list[str]) -> None:
    """Sphinx calls this with each page that it has read."""
    if docname != START:
        return
    for heading, links in contents(source[0]).items():
        paths = {title: normpath(join(dirname(START), path)) for title, path in links.items()}
        entries = "\n".join(f"{title} </{path}>" for title, path in paths.items())
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{entries}\n```\n"
