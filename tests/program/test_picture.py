"""Pictures of plans: legends cover nothing, numbers have prefixes, a colour has one meaning."""

import pytest

from lls_hw.contract.config import preset
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.picture import draw
from lls_hw.tools.style import PHASE_COLOURS, USE_COLOURS

pytest.importorskip("matplotlib")
PLANS = [("tinyconv", "small", 8), ("smallconv", "sdram", 8), ("mlp", "large", 16)]


@pytest.fixture(params=PLANS, ids=lambda plan: plan[0])
def figure(request, tmp_path, monkeypatch):
    """A drawn picture, before it is written."""
    name, engine, batch = request.param
    kept = []

    def save(path, figure, dpi):
        figure.canvas.draw()
        kept.append(figure)

    monkeypatch.setattr("lls_hw.program.picture.save_figure", save)
    draw(compile_network(load_network(name), preset(engine), batch), tmp_path / "plan.png")
    return kept[0]


def over(box, other):
    """Whether one box covers more than the edge of another."""
    return box.overlaps(other) and min(box.y1, other.y1) - max(box.y0, other.y0) > 1


def test_legends_cover_nothing(figure):
    """Neither their own panel, nor another, nor a title; nothing is cut off."""
    boxes = {axes: axes.get_window_extent() for axes in figure.axes}
    legends = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    titles = [axes.title for axes in figure.axes] + [axes._left_title for axes in figure.axes]
    assert len(legends) >= 5
    for legend in legends:
        box = legend.get_window_extent()
        covered = [axes.get_title(loc="left") for axes, other in boxes.items() if over(box, other)]
        assert covered == []
        shown = [title for title in titles if title.get_text()]
        assert not [t.get_text() for t in shown if box.overlaps(t.get_window_extent())]
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1


def test_numbers_have_prefixes(figure):
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            assert axis.get_offset_text().get_text() == ""
    cycles = [axes for axes in figure.axes if axes.get_xlabel().startswith("cycle")]
    assert len(cycles) == 3
    for axes in cycles:
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert any(label.endswith(("k", "M")) for label in labels)


def test_colours_are_those_of_the_meaning(figure):
    """Each entry of a legend that names a phase, or a use of a port, in every panel."""
    meanings, seen = PHASE_COLOURS | USE_COLOURS, set()
    for legend in (axes.get_legend() for axes in figure.axes):
        for text, handle in (
            zip(legend.get_texts(), legend.legend_handles, strict=True) if legend else ()
        ):
            name = text.get_text()
            if name in meanings:
                seen.add(name)
                rgb = tuple(int(meanings[name][k : k + 2], 16) / 255 for k in (1, 3, 5))
                assert handle.get_facecolor()[:3] == pytest.approx(rgb)
    assert {"forward", "learning signal", "weight gradient"} <= seen
