"""Building blocks of reports: one file each, readable on narrow screens, light and dark."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from lls_hw.errors import LlsError
from lls_hw.tools.results import check_outputs
from lls_hw.tools.style import BAD, CAPACITY, GOOD

__all__ = [
    "bar", "bars", "cards", "check_page", "code", "counted", "details", "dot", "legend", "page",
    "pairs", "section", "table", "words",
]  # fmt: skip

_STYLE = (
    ":root { --good: "
    + GOOD
    + "; --bad: "
    + BAD
    + "; --fill: "
    + CAPACITY
    + ";"
    + """
  color-scheme: light dark; --ink: #1d2733; --soft: #5c6875; --line: #d8dee5;
  --ground: #ffffff; --card: #f3f5f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa7b4; --line: #34404c;
  --ground: #14191f; --card: #1d242c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 66rem; color: var(--ink);
  background: var(--ground); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .3rem 0; max-width: 48rem; } .soft { color: var(--soft); }
code { font: .85rem/1.5 ui-monospace, monospace; }
.command { background: var(--card); border-radius: .4rem; padding: .5rem .7rem; margin: .5rem 0;
  max-width: none; }
.command span { white-space: nowrap; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem;
  margin: 1rem 0; }
.cards div { background: var(--card); border-radius: .5rem; padding: .5rem .8rem; }
.cards b { display: block; font-size: 1.2rem; line-height: 1.3; }
.bars { display: grid; align-items: center; margin: .4rem 0; gap: .4rem .8rem;
  grid-template-columns: fit-content(14rem) minmax(6rem, 1fr) fit-content(18rem); }
.bar { display: contents; }
.bar > span:last-child { text-align: right; font-variant-numeric: tabular-nums; }
.track { background: var(--line); border-radius: .25rem; height: .95rem; overflow: hidden;
  display: flex; } .track i { display: block; height: 100%; }
.row { position: relative; height: 1.5rem; margin: 2px 0; background: var(--card); }
.row i { position: absolute; top: 0; bottom: 0; min-width: 1px; overflow: hidden;
  font: .85rem/1.5rem system-ui, sans-serif; text-align: center; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; } td { white-space: nowrap; }
th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
.pairs th { color: var(--soft); font-weight: 400; vertical-align: top; }
.pairs td { text-align: left; white-space: normal; width: 70%; }
.dot { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem;
  margin-right: .4rem; vertical-align: -1px; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .3rem 0; max-width: none; }
.legend span { white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: 1rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr));
  gap: .8rem .6rem; }
figure { margin: 0; } figcaption { font-size: .85rem; line-height: 1.3; }
img { display: block; width: 100%; image-rendering: pixelated; border-radius: .25rem;
  background: #000; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); }
details summary { cursor: pointer; color: var(--soft); margin: .4rem 0; }
@media (max-width: 36rem) { body { font-size: 14px; padding: 1rem .9rem 2rem; }
  .bars { display: block; }
  .bar { display: grid; grid-template-columns: 1fr auto; gap: .1rem .5rem; margin: .55rem 0; }
  .bar .track { grid-column: 1 / -1; grid-row: 2; }
  .cards { grid-template-columns: 1fr 1fr; }
  th, td { padding: .2rem .25rem; } th { font-size: .8rem; } }
"""
)
_BREAKS = re.compile(r"([./_=:,]+)(?=\w)")
_LONG = 14
"""Letters of a word from which on a line may break inside it, after its punctuation."""
_SUFFIXES = (".html", ".htm")


def check_page(path: Path | None) -> None:
    """LlsError if a page cannot be written, or its name is no page's."""
    if path is None:
        return
    if path.suffix.lower() not in _SUFFIXES:
        raise LlsError(f"{path} names no page; choose a name that ends in .html.")
    check_outputs(path)


def page(title: str, body: Iterable[str]) -> str:
    """A whole document without anything outside it."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{words(title)}</h1>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def words(text: object) -> str:
    """Text as HTML; long names may break after their dots, slashes and underscores."""
    parts = re.split(r"(\s+)", str(text))
    return "".join(
        "<wbr>".join(map(escape, _BREAKS.sub("\\1\0", part).split("\0")))
        if len(part) > _LONG
        else escape(part)
        for part in parts
    )


def counted(count: int, noun: str) -> str:
    """A number of things, such as "1 image" or "1,200 images"."""
    return f"{count:,} {noun}" + "s" * (count != 1)


def section(heading: str, *body: str) -> str:
    """A section with its heading; nothing at all if it has no body."""
    inside = "\n".join(part for part in body if part)
    return f"<section>\n<h2>{words(heading)}</h2>\n{inside}\n</section>" if inside else ""


def details(summary: str, body: str) -> str:
    """A part that unfolds on demand."""
    return f"<details><summary>{words(summary)}</summary>{body}</details>"


def code(command: str) -> str:
    """A command line, whose options stay in one piece."""
    parts = (
        f"<span>{words(word)}</span>" if word.startswith("-") else words(word)
        for word in command.split(" ")
    )
    return f'<p class="command"><code>{" ".join(parts)}</code></p>'


def cards(facts: Iterable[tuple[str, str]]) -> str:
    """The most important numbers: (what, value)."""
    inside = "".join(f"<div>{words(name)}<b>{words(value)}</b></div>" for name, value in facts)
    return f'<div class="cards">{inside}</div>'


def bar(label: str, parts: Sequence[tuple[float, str]], text: str) -> str:
    """One of `bars`; parts are (share of the full width, colour)."""
    pieces = "".join(
        f'<i style="width:{100 * min(share, 1):.2f}%;background:{hue}"></i>' for share, hue in parts
    )
    return (
        f'<div class="bar"><span>{words(label)}</span><span class="track">{pieces}</span>'
        f"<span>{words(text)}</span></div>"
    )


def bars(items: Iterable[str]) -> str:
    """Horizontal bars whose tracks have the same width; nothing without any."""
    inside = "".join(items)
    return f'<div class="bars">{inside}</div>' if inside else ""


def dot(hue: str) -> str:
    """A coloured square before a name."""
    return f'<span class="dot" style="background:{hue}"></span>'


def legend(hues: Mapping[str, str]) -> str:
    """What colours mean: {name: colour}."""
    inside = "".join(f"<span>{dot(hue)}{words(name)}</span>" for name, hue in hues.items())
    return f'<p class="legend">{inside}</p>'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], hues: Sequence[str] = ()) -> str:
    """A table; the first column may carry colours."""
    head = "".join(f"<th>{words(heading)}</th>" for heading in headings)
    lines = []
    for index, row in enumerate(rows):
        cells = "".join(f"<td>{words(cell)}</td>" for cell in row[1:])
        first = (dot(hues[index]) if hues else "") + words(row[0])
        lines.append(f"<tr><td>{first}</td>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def pairs(facts: Mapping[str, object]) -> str:
    """Names and values, one pair a row."""
    rows = "".join(
        f"<tr><th>{words(name)}</th><td>{words(value)}</td></tr>" for name, value in facts.items()
    )
    return f'<table class="pairs">{rows}</table>'
