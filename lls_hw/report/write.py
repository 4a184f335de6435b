"""The page of a training session."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import as_images
from lls_hw.driver.errors import InputError
from lls_hw.errors import LlsError
from lls_hw.report.confusion import Confusion, confusion_of, confusion_section
from lls_hw.report.curves import curves_section
from lls_hw.report.cycles import cycles_sections
from lls_hw.report.mistakes import mistakes_section, pictures_of
from lls_hw.report.rates import Rates, rates_of, rates_section, trained_rate
from lls_hw.report.settings import settings_sections
from lls_hw.session.checks import pair
from lls_hw.session.model import Model
from lls_hw.session.progress import reporting
from lls_hw.session.samples import samples_of
from lls_hw.tools.files import as_path, replace_file
from lls_hw.tools.html import cards, check_page, page, section

__all__ = ["write_report"]

_CHUNK = 256
"""Images between two signs of progress."""


def write_report(
    model: Model,
    path: str | Path,
    test: tuple[Any, Any] | None = None,
    *,
    channels: str | None = None,
    command: str | None = None,
    progress: bool = False,
) -> None:
    """Writes what a model has learnt, and how, as one HTML file without anything outside it.

    Curves of its `history`, confusion matrix and mistakes of the test images, use of the board's
    cycles, whether engine or line limits it, settings. LlsError if the file cannot be written or is
    no .html; DataError if the images do not fit.

    Parameters
    ----------
    test : images and labels, which the model classifies once more. Without them there is neither
        matrix nor mistakes.
    channels : "first" or "last", where the images leave it open.
    command : that made the run, to be shown. progress : show it on standard output.
    """
    path = as_path(path, "The page")
    check_page(path)
    if not isinstance(model, Model):
        raise InputError(f"The model is {model!r}; give an lls_hw.Model.")
    if command is not None and not isinstance(command, str):
        raise InputError(f"command is {command!r}; give a text.")
    names = _names(model)
    device = model.board.device
    link = replace(device.statistics) if device else None  # before the images of this page
    tested, confusion = [], None
    if test is not None:
        images, labels = pair("test", test)
        numbers = samples_of(model.network, images, labels, channels, model.class_names).labels
        pictures = pictures_of(model.network, images, channels)
        predicted = _predicted(model, images, channels, progress)
        confusion = confusion_of(numbers, predicted, model.network.classes)
        tested = [
            confusion_section(confusion, names),
            mistakes_section(pictures, numbers, predicted, names),
        ]
    rates = rates_of(model)
    own = trained_rate(model) if model.history else None
    body = [
        _lead(model),
        _cards(model, confusion, rates, own),
        curves_section(model.history) or _nothing_trained(model),
        *(tested or [section("Test", "<p>No test images were given.</p>")]),
        rates_section(rates, own, model.board.kind),
        *cycles_sections(model),
        *settings_sections(model, command, link),
    ]
    try:
        replace_file(path, page(f"{model.network.name}: training report", body))
    except OSError as error:
        raise LlsError(
            f"{path} cannot be written ({error.strerror}); choose another file."
        ) from error


def _names(model: Model) -> list[str]:
    """Of all classes; a class without one goes by its number."""
    names = [str(number) for number in range(model.network.classes)]
    names[: len(model.class_names)] = model.class_names
    return names


def _predicted(
    model: Model, images: Any, channels: str | None, progress: bool
) -> NDArray[np.int64]:
    """The predicted class of each image (N,)."""
    size = max(1, _CHUNK // model.batch) * model.batch
    pixels = as_images(images, model.network.input, channels)

    def parts() -> Iterator[NDArray[np.int64]]:
        with reporting(progress) as report:
            report.begin("report", -(-len(pixels) // size))
            for start in range(0, len(pixels), size):
                part = pixels[start : start + size]
                yield model.predict(part, channels="first")
                report.advance(f"{start + len(part):,} images")

    return np.concatenate(list(parts()))


def _lead(model: Model) -> str:
    """Where it was trained; a simulation says so at once."""
    board, config = model.board, model.board.config
    array = f", {config.rows} × {config.cols} array" if config else ""
    article = "the" if board.device is None else "a"
    return f'<p class="soft">On {article} {board.kind} ({board.url}){array}.</p>'


def _nothing_trained(model: Model) -> str:
    return section(
        "Learning",
        f"<p>Nothing was trained here; the weights had {model.epochs} epochs behind them.</p>",
    )


def _cards(
    model: Model, confusion: Confusion | None, rates: Rates | None, own: float | None
) -> str:
    """What one wants to know first."""
    facts = []
    if confusion:
        facts.append(("test accuracy", f"{confusion.accuracy:.2%}"))
    elif model.history and model.history[-1].test_accuracy is not None:
        facts.append(("test accuracy", f"{model.history[-1].test_accuracy:.2%}"))
    elif model.history:
        facts.append(("training accuracy", f"{model.history[-1].train_accuracy:.2%}"))
    facts.append(("epochs", f"{model.epochs:,}"))
    if rates:
        said = "measured" if rates.measured else "calculated"
        facts.append((f"speed, {said}", f"{rates.both:,.0f} samples/s"))
        facts.append(("limited by the", rates.limit))
        facts.append(("engine alone", f"{rates.engine:,.0f} samples/s"))
        if rates.line is not None:
            facts.append((f"{rates.line_name} alone", f"{rates.line:,.0f} samples/s"))
    elif own is not None:
        facts.append((f"speed of the {model.board.kind}", f"{own:,.0f} samples/s"))
    return cards(facts)
