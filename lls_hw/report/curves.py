"""Accuracy and loss over the epochs."""

from collections.abc import Sequence

from lls_hw.session.history import Epoch
from lls_hw.tools.chart import Curve, chart
from lls_hw.tools.html import details, section, table
from lls_hw.tools.style import TEST, TRAIN

__all__ = ["curves_section"]

_LISTED = 10
"""Epochs that the table shows without unfolding."""


def curves_section(history: Sequence[Epoch]) -> str:
    """Charts and a table; nothing without an epoch."""
    if not history:
        return ""
    charts = (
        chart("Accuracy", "epoch", _curves(history, "accuracy"), _percent)
        + chart("Loss of the classifier, nats", "epoch", _curves(history, "loss"))
    )  # fmt: skip
    rows = [
        (
            str(epoch.epoch),
            f"{epoch.train_accuracy:.2%}",
            f"{epoch.train_loss:.4f}",
            f"{epoch.test_accuracy:.2%}" if epoch.test_accuracy is not None else "",
            f"{epoch.test_loss:.4f}" if epoch.test_loss is not None else "",
            f"{epoch.seconds:,.1f}",
        )
        for epoch in history
    ]
    heads = ("epoch", "training accuracy", "training loss", "test accuracy", "test loss", "s")
    listed = table(heads, rows)
    return section(
        "Learning",
        f'<div class="charts">{charts}</div>',
        '<p class="soft">Training accuracy is that of the predictions before each step, so it lags '
        "behind. The time is that of training alone.</p>",
        listed if len(rows) <= _LISTED else details("every epoch", listed),
    )


def _curves(history: Sequence[Epoch], what: str) -> list[Curve]:
    """Of training images and, where there are any, of test images."""
    shown = []
    for name, hue, prefix in (("training", TRAIN, "train"), ("test", TEST, "test")):
        values = [(epoch.epoch, getattr(epoch, f"{prefix}_{what}")) for epoch in history]
        points = [(number, value) for number, value in values if value is not None]
        if points:
            shown.append(Curve(name, hue, points))
    return shown


def _percent(value: float) -> str:
    return f"{100 * value:.4g}%"
