"""Building blocks of the page, with inline styles and pictures."""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["PALETTE", "bar", "colour", "columns", "details", "page", "section"]

PALETTE = (
    "#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#6cc5b0", "#ff8ab7", "#9c6b4e",
    "#97bbf5", "#b5b33c", "#d4542c", "#2f7f7f", "#7b4ea3", "#c49a2b", "#5b8c2a", "#8a8f98",
)  # fmt: skip
"""Colours of modules, distinguishable on light and dark backgrounds."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5c6875; --line: #d8dee5;
  --ground: #ffffff; --card: #f5f7f9; --good: #2c8a4b; --bad: #c73b2e; --fill: #4269d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa7b4; --line: #34404c;
  --ground: #14191f; --card: #1d242c; --good: #5cc47e; --bad: #f07a6c; --fill: #7d9cf0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 62rem; color: var(--ink);
  background: var(--ground); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
code { font-size: .85rem; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; }
.facts div { background: var(--card); border-radius: .5rem; padding: .5rem .8rem;
  flex: 1 1 8rem; } .facts b { display: block; font-size: 1.2rem; }
.bar { display: grid; grid-template-columns: minmax(5rem, 13rem) 1fr 12rem;
  gap: .6rem; align-items: center; margin: .3rem 0; }
.bar > span:first-child { overflow-wrap: anywhere; } .bar > span:last-child { text-align: right; }
.track { background: var(--line); border-radius: .25rem; height: .95rem; overflow: hidden;
  display: flex; } .track i { display: block; height: 100%; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; } th { font-weight: 600; color: var(--soft); }
th:first-child, td:first-child { text-align: left; white-space: normal;
  overflow-wrap: anywhere; min-width: 6rem; }
.dot { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem;
  margin-right: .4rem; vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); }
details summary { cursor: pointer; color: var(--soft); margin: .4rem 0; }
@media (max-width: 34rem) { body { font-size: 14px; }
  .bar { grid-template-columns: 1fr auto; gap: .1rem .5rem; margin: .5rem 0; }
  .bar .track { grid-column: 1 / -1; grid-row: 2; }
  th, td { padding: .2rem .3rem; } }
"""


def page(title: str, lead: str, body: Iterable[str]) -> str:
    """A whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{lead}\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def section(heading: str, *body: str) -> str:
    """A section with its heading."""
    return f"<section>\n<h2>{escape(heading)}</h2>\n" + "\n".join(body) + "\n</section>"


def details(summary: str, body: str) -> str:
    """A part that unfolds on demand."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def bar(label: str, parts: Sequence[tuple[float, str]], text: str) -> str:
    """A horizontal bar; parts are (share of the whole, colour)."""
    pieces = "".join(
        f'<i style="width:{100 * min(share, 1):.2f}%;background:{hue}"></i>' for share, hue in parts
    )
    return (
        f'<div class="bar"><span>{escape(label)}</span><span class="track">{pieces}</span>'
        f"<span>{escape(text)}</span></div>"
    )


def colour(hue: str) -> str:
    """A coloured square before a name."""
    return f'<span class="dot" style="background:{hue}"></span>'


def columns(
    headings: Sequence[str], rows: Iterable[Sequence[str]], hues: Sequence[str] = ()
) -> str:
    """A table; the first column may carry colours."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    lines = []
    for index, row in enumerate(rows):
        dot = colour(hues[index]) if hues else ""
        cells = f"<td>{dot}{escape(row[0])}</td>" + "".join(
            f"<td>{escape(cell)}</td>" for cell in row[1:]
        )
        lines.append(f"<tr>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
