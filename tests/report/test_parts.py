"""Parts of the page alone, at their corners."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.usb import SERIAL_RATE, link_name
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import ENGINE, speed
from lls_hw.report.confusion import Confusion, confusion_of, confusion_section
from lls_hw.report.curves import curves_section
from lls_hw.report.mistakes import mistakes_section
from lls_hw.report.rates import (
    COMPUTER,
    TRANSPORT,
    measured_rates,
    rates_of,
    rates_section,
    rates_text,
    reference_rates,
)
from lls_hw.session.history import Epoch
from tests.report.pages import text_of

HEAD = "<!DOCTYPE html>"


def test_confusion_counts_by_hand():
    labels = np.array([0, 0, 1, 2, 2, 2], np.uint8)
    found = confusion_of(labels, np.array([0, 1, 1, 0, 0, 2]), 4)
    assert found.counts.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [2, 0, 1, 0], [0, 0, 0, 0]]
    assert (found.samples, found.correct, found.accuracy) == (6, 3, 0.5)
    assert found.pairs() == [(2, 0, 2), (0, 1, 1)]
    text = text_of(HEAD + confusion_section(found, ["a", "b", "c", "d"]))
    assert "3 of 6 test images are classified correctly." in text
    assert "c → a 2 images a → b 1 image" in text
    assert "2, c 3 33.3% a (2)" in text and "3, d 0" in text


def test_a_hundred_classes():
    """Without numbers in the picture, and with the table folded."""
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 100, (2, 5000))
    found = confusion_of(labels.astype(np.uint8), predicted, 100)
    section = confusion_section(found, [f"class {k}" for k in range(100)])
    assert section.count("<rect") == 1 + np.count_nonzero(found.counts)
    assert "<details><summary>every class" in section
    assert section.count("<text") == 2 * 10
    assert len(section) < 1_000_000
    true, wrong, count = found.pairs()[0]
    assert f"class {true} → class {wrong} {count} images" in text_of(HEAD + section)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_numbers_are_as_large_as_text(classes):
    """However few classes there are; the picture has the width of its cells."""
    shown = confusion_section(Confusion(np.eye(classes, dtype=np.int64)), ["x"] * classes)
    (edge,) = re.findall(r'viewBox="\S+ \S+ (\S+) ', shown)
    (width,) = re.findall(r"max-width:([\d.]+)rem", shown)
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', shown)}
    assert all(0.95 < size * float(width) / float(edge) < 1.1 for size in sizes)


@pytest.mark.parametrize("classes", [1, 3, 12, 13, 21])
def test_everything_right(classes):
    found = Confusion(np.eye(classes, dtype=np.int64) * 7)
    text = text_of(HEAD + confusion_section(found, [str(k) for k in range(classes)]))
    assert f"{7 * classes} of {7 * classes} test images" in text
    assert "Most frequent mistakes" not in text
    labels = np.arange(classes, dtype=np.uint8)
    pictures = np.zeros((classes, 1, 2, 2), np.uint8)
    shown = mistakes_section(pictures, labels, labels.astype(np.int64), ["x"] * classes)
    said = f"None among {classes} test image{'s' * (classes > 1)}."
    assert said in text_of(HEAD + shown)
    assert "<img" not in shown


@pytest.mark.parametrize("wrong", [1, 23, 24, 25, 1000])
def test_mistakes_come_from_all_images(wrong):
    labels, predicted = np.zeros(1000, np.uint8), np.zeros(1000, np.int64)
    predicted[1000 - wrong :] = 1
    pictures = np.zeros((1000, 3, 2, 2), np.uint8)
    section = mistakes_section(pictures, labels, predicted, ["a<b", "c"])
    assert section.count("<img") == min(wrong, 24)
    assert "no. 999<" in section and f"no. {1000 - wrong}<" in section
    assert "a&lt;b → c" in section


def epochs(count, **more):
    return [
        Epoch(epoch=k + 1, train_accuracy=0.5, train_loss=1.0 / (k + 1), seconds=1.0, **more)
        for k in range(count)
    ]


def test_one_epoch_is_a_point():
    section = curves_section(epochs(1))
    assert section.count("<circle") == 2
    assert "nan" not in section and "test</span>" not in section
    assert "1 50.00% 1.0000" in text_of(HEAD + section)


def test_many_epochs_are_lines():
    section = curves_section(epochs(300, test_accuracy=0.25, test_loss=2.0))
    assert section.count("<circle") == 0 and section.count("<polyline") == 4
    assert "<details><summary>every epoch" in section
    assert "300 50.00% 0.0033 25.00% 2.0000 1.0" in text_of(HEAD + section)
    assert curves_section([]) == ""


SERIAL = link_name(3_000_000)
TINYCONV = compile_network(load_network("tinyconv"), preset("small"), 8)
SMALLCONV = compile_network(load_network("smallconv"), preset("sdram"), 8)


def test_calculated_rates_are_those_of_the_program():
    rate, found = speed(SMALLCONV, 80, 3_000_000), reference_rates(SMALLCONV, True)
    assert (found.engine, found.line, found.both) == (rate.engine, rate.link, rate.stored)
    assert found.limit == rate.stored_limit == ENGINE and not found.measured
    found = reference_rates(SMALLCONV, False)
    assert (found.both, found.limit) == (rate.link, SERIAL)
    text = text_of(HEAD + rates_section(found, 12.0, "simulated board"))
    assert f"both, overlapping {rate.link:,.0f} samples/s" in text
    assert "the simulated board, trained 12 samples/s on this computer" in text
    assert rates_section(None, None, "golden model") == ""


@pytest.mark.parametrize(
    ("samples", "idle", "stored", "limit"),
    [
        (1000, 0.05, False, ENGINE), (375, 0.7, False, SERIAL), (200, 0.7, False, COMPUTER),
        (400, 0.5, True, COMPUTER), (400, 0.0, True, ENGINE), (0.5, 1.0, False, COMPUTER),
    ],
)  # fmt: skip
def test_what_limits_a_real_board(samples, idle, stored, limit):
    found = measured_rates(TINYCONV, samples, idle, 3_000_000, stored)
    assert found.limit == limit and found.measured and found.both == samples
    assert found.engine == (samples / (1 - idle) if idle < 1 else float("inf"))
    assert found.line == speed(TINYCONV, 80, 3_000_000).link
    text = text_of(HEAD + rates_section(found, samples, "board"))
    assert f"The {limit} is what limits training." in text and "on this computer" not in text


@pytest.mark.parametrize(("samples", "limit"), [(1000, COMPUTER), (1190, SERIAL)])
def test_images_that_did_not_fit_come_over_the_line(samples, limit):
    """Of the 60,000 of MNIST, 42,690 fit the ULX3S: docs/external_memory.md."""
    share = 42_690 / 60_000
    found = reference_rates(compile_network(load_network("tinyconv"), preset("sdram"), 8), share)
    assert found.stored and found.both == pytest.approx(1224, rel=0.01)
    assert found.limit == SERIAL
    program = compile_network(load_network("tinyconv"), preset("sdram"), 8)
    assert measured_rates(program, samples, 0.5, 3_000_000, share).limit == limit


@pytest.mark.parametrize(
    ("samples", "idle", "kept", "limit"),
    [
        (1000, 0.05, 0, ENGINE), (1000, 0.7, 0, TRANSPORT), (10_000, 0.5, 1, ENGINE),
        (40, 1, 1, TRANSPORT),
    ],
)  # fmt: skip
def test_a_transport_without_a_rate(samples, idle, kept, limit):
    """As over `uio:` or a class of one's own: nothing is said of a line."""
    program = compile_network(load_network("tinyconv"), preset("sdram"), 8)
    found = measured_rates(program, samples, idle, None, kept)
    assert (found.limit, found.line) == (limit, None) and "baud" not in found.source
    assert "serial" not in rates_text(found) + rates_section(found, samples, "board")


def test_a_boards_time_has_no_computer():
    """Short epochs, in which the line's delays are long, fill nothing."""
    program = compile_network(load_network("tinyconv"), preset("sdram"), 8)
    for kept in (0, 1):
        assert measured_rates(program, 100, 0.9, 3_000_000, kept, ", board").limit == SERIAL


def test_rates_in_a_few_words():
    found = rates_text(measured_rates(TINYCONV, 372, 0.7, 3_000_000, False))
    assert found == "engine 1,240, serial line 372, together 372: the serial line limits"
    found = rates_text(measured_rates(TINYCONV, 400, 0.0, 3_000_000, True))
    assert found == "engine 400, serial line 372, together, stored 400: the engine limits"
    found = rates_text(measured_rates(TINYCONV, 1509, 0.7, SERIAL_RATE, False))
    assert found == "engine 5,030, USB link 1,510, together 1,509: the USB link limits"


@pytest.mark.parametrize(("samples", "limit"), [(1500, ENGINE), (374, SERIAL), (100, COMPUTER)])
def test_epochs_that_are_longer_than_the_clock_counts(samples, limit):
    found = measured_rates(TINYCONV, samples, None, 3_000_000, False)
    assert found.engine == speed(TINYCONV, 80, 3_000_000).engine
    assert (found.both, found.limit) == (samples, limit)
    assert "calculated for 80 MHz, because the epoch was longer" in found.source


class Link:
    """A board behind a serial port, as far as rates look at it."""

    simulated, line = False, None

    def __init__(self, baud):
        self.device = SimpleNamespace(baud=baud)


class Session:
    """A model that has trained 96 samples in an epoch."""

    def __init__(self, baud, seconds):
        self.board, self.program, self.batch, self.stored = Link(baud), TINYCONV, 8, 0
        self.meta = {"images": 103}
        self.history = [
            Epoch(epoch=1, train_accuracy=0.5, train_loss=1.0, seconds=seconds,
                  array_idle_for_link=0.5)
        ]  # fmt: skip


@pytest.mark.parametrize("baud", [3_000_000, 1_000_000])
def test_a_real_board_is_measured_on_its_own_line(baud):
    found = rates_of(Session(baud, 2.0))
    assert found == measured_rates(TINYCONV, 96 / 2.0, 0.5, baud, False)
    assert found.engine == 96.0 and f"{baud / 1e6:g} Mbaud" in found.source
    assert rates_of(Session(baud, 40.0)).engine == speed(TINYCONV, 80, baud).engine
    assert rates_of(Session(None, 2.0)).line is None
