"""Building blocks of pages: words, charts, images, colours."""

import io
import re

import numpy as np
import pytest

from lls_hw.tools.chart import Curve, chart
from lls_hw.tools.html import bar, code, counted, page, section, words
from lls_hw.tools.png import png
from lls_hw.tools.style import PARTS, PHASE_COLOURS, TEST, TRAIN, USE_COLOURS, ink_on


def test_long_names_may_break_after_their_dots_and_nothing_else_changes():
    assert words("core.array") == "core.array"
    assert words("system.core.array.x_y") == "system.<wbr>core.<wbr>array.<wbr>x_<wbr>y"
    assert words("a <b> & c") == "a &lt;b&gt; &amp; c"
    text = "train --data /a/b/c.npz  sim:tiny,golden:small@cuda"
    assert words(text).replace("<wbr>", "") == text
    assert "<span>--data-dir</span>" in code("train --data-dir x")


def test_sections_without_a_body_have_no_heading():
    assert section("Timing") == section("Timing", "", "") == ""
    assert "<h2>Timing</h2>" in section("Timing", "", "x")


def test_bars_never_exceed_their_track():
    assert 'style="width:100.00%' in bar("a", [(1.7, "#000")], "b")
    assert counted(1, "image") == "1 image" and counted(1200, "image") == "1,200 images"


def test_page_follows_the_colour_scheme_and_the_width():
    content = page("A & B", ["x"])
    assert "prefers-color-scheme: dark" in content and "color-scheme: light dark" in content
    assert "max-width: 36rem" in content and "width=device-width" in content
    assert "<title>A &amp; B</title>" in content


@pytest.mark.parametrize("shape", [(1, 5, 3), (3, 2, 7), (1, 1, 1)])
def test_png_holds_the_pixels(shape):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    read = image.open(io.BytesIO(png(pixels)))
    assert read.mode == {1: "L", 3: "RGB"}[shape[0]]
    found = np.asarray(read).reshape(shape[1], shape[2], shape[0])
    assert (found.transpose(2, 0, 1) == pixels).all()


@pytest.mark.parametrize(
    "values",
    [
        [0.5],
        [0.0],
        [0.9, 0.91],
        [1e-6, 1e6],
        [-3.0, 2.0],
        [0.123, 0.987],
        [0.1] * 50,
        [0.985, 0.9851, 0.9849],
    ],
)
def test_charts_hold_their_points(values):
    """Every point lies inside, larger values lie higher, and ticks enclose all."""
    content = chart("t", "epoch", [Curve("c", "#111", list(enumerate(values, 1)))])
    points = [tuple(map(float, p.split(","))) for p in
              re.search(r'points="([^"]*)"', content)[1].split()]  # fmt: skip
    assert len(points) == len(values)
    assert all(52 <= x <= 428 and 8 <= y <= 200 for x, y in points)
    order = sorted(range(len(values)), key=values.__getitem__)
    heights = [points[k][1] for k in order]
    assert heights == sorted(heights, reverse=True)
    ticks = [float(t) for t in re.findall(r'text-anchor="end">([^<]*)<', content)]
    assert 2 <= len(ticks) <= 8 and len(set(ticks)) == len(ticks)
    assert ticks[0] <= min(values) and max(values) <= ticks[-1] * 1.000001 + 1e-9


def _luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*PHASE_COLOURS.values(), *PARTS])
def test_text_on_colours_can_be_read(colour):
    """The contrast that accessibility guidelines ask for in large text: 3 to 1."""
    low, high = sorted((_luminance(colour), _luminance(ink_on(colour))))
    assert (high + 0.05) / (low + 0.05) >= 3


def test_one_colour_has_one_meaning():
    phases = list(PHASE_COLOURS.values())
    assert len({*phases, *PARTS, TRAIN, TEST}) == len(phases) + len(PARTS) + 2
    assert not {*phases} & {*PARTS}
    assert USE_COLOURS["read"] == PHASE_COLOURS["weights in"]
    assert USE_COLOURS["write"] == PHASE_COLOURS["weights out"]
