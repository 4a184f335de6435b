"""Picture of an adaptation; needs matplotlib."""

from pathlib import Path
from typing import Any

from lls_hw.adapt.distributions import Distributions
from lls_hw.errors import LlsError
from lls_hw.tools.files import save_figure
from lls_hw.tools.packages import require
from lls_hw.tools.style import CAPACITY, IDLE, TEST, drawing, engineering, legend_above

__all__ = ["draw"]


def draw(path: Path, results: dict[str, Any], data: Distributions) -> None:
    """Draws accuracy over images seen, and one image of each distribution."""
    require("matplotlib", "A picture needs matplotlib")
    from matplotlib.figure import Figure

    with drawing():
        figure = Figure(figsize=(9, 5), layout="constrained")
        _draw(figure, results, data)
        try:
            save_figure(path, figure, dpi=120)
        except OSError as error:
            raise LlsError(
                f"{path} cannot be written ({error.strerror}); choose another file."
            ) from error


def _draw(figure: Any, results: dict[str, Any], data: Distributions) -> None:
    """Curves, and beside them the images."""
    grid = figure.add_gridspec(2, 2, width_ratios=(4, 1))
    axes = figure.add_subplot(grid[:, 0])
    lines = (
        ("shifted images, pretrained", results["curve"], "shifted", "o-"),
        ("shifted images, from scratch", results["from_scratch"], "shifted", "s--"),
        ("original images", results["curve"], "original", "^:"),
    )
    for (label, points, key, style), colour in zip(lines, (TEST, IDLE, CAPACITY), strict=True):
        heights = [100 * point[key] for point in points]
        places = [point["images"] for point in points]
        axes.plot(places, heights, style, label=label, color=colour)
    ends = (0, results["curve"][-1]["images"])
    measured = (100 * results["before"], 100 * results["after"])
    axes.plot(ends, measured, "*", color="#14191f", markersize=11, label="measured on the board")
    axes.set_title(f"{results['network']}, {results['data']}: {results['shift']}")
    axes.set_xlabel(f"images of the {results['shift']} distribution that the board has learnt from")
    axes.set_ylabel("test accuracy, %")
    axes.set_ylim(0, 100)
    engineering(axes.xaxis)
    legend_above(axes, columns=2)
    for row, (name, image) in enumerate(zip(("before", "after"), data.pictures, strict=True)):
        small = figure.add_subplot(grid[row, 1])
        small.imshow(image.transpose(1, 2, 0).squeeze(), cmap="gray", vmin=0, vmax=255)
        small.set_title(name)
        small.axis("off")
