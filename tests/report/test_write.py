"""The page of a session: its numbers are those of the session, and it needs nothing else."""

import base64
import io
import re

import numpy as np
import pytest

import lls_hw
from lls_hw.driver.errors import InputError
from lls_hw.program.speed import speed
from lls_hw.report.confusion import confusion_of
from tests.report.pages import Page

NAMES = ["bottom row of the picture", "middle", "top"]


def trained(board, network, data, epochs, **settings):
    """A model and the page's test images, some of which have a wrong label."""
    images, labels = data[0], data[1].copy()
    labels[40::6] = (labels[40::6] + 1) % 3
    model = lls_hw.Model(board, network, seed=3, **settings)
    model.fit(images[:40], labels[:40], epochs, validation=(images[40:], labels[40:]), run=epochs)
    return model, (images[40:], labels[40:])


def written(model, path, test=None, **options):
    lls_hw.write_report(model, path, test, **options)
    return path.read_text()


def numbers(page):
    """Counts in the picture of the matrix, by (row, column)."""
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" font-size="[\d.]+" [^>]*>(\d+)</te', page)
    return {(int(float(y)), int(float(x))): int(count) for x, y, count in found}


def test_numbers_are_those_of_the_session(golden, network, data, tmp_path):
    model, test = trained(golden, network, data, 3, class_names=NAMES)
    content = written(model, tmp_path / "run.html", test, command="lls-hw train --seed 3")
    page = Page(content)
    assert f"test accuracy {model.evaluate(*test).accuracy:.2%}" in page.text
    for epoch in model.history:
        row = (
            f"{epoch.epoch} {epoch.train_accuracy:.2%} {epoch.train_loss:.4f} "
            f"{epoch.test_accuracy:.2%} {epoch.test_loss:.4f} {epoch.seconds:,.1f}"
        )
        assert row in page.text
    predicted = model.predict(test[0])
    expected = confusion_of(test[1].astype(np.uint8), predicted, 3)
    assert numbers(content) == {
        (t, p): int(expected.counts[t, p]) for t, p in np.argwhere(expected.counts)
    }
    assert f"{expected.correct} of 20 test images" in page.text
    assert "lls-hw train --seed 3" in page.text and f"lls-hw {lls_hw.__version__}" in page.text
    assert "On the golden model (golden)." in page.text
    assert "The golden model of no engine has no cycles" in page.text
    wrong = np.flatnonzero(predicted != test[1])
    assert len(wrong) > 0
    assert page.text.count("no. ") == len(wrong)
    for index in wrong:
        said = f"{NAMES[test[1][index]]} → {NAMES[predicted[index]]} no. {index}"
        assert said in page.text


def test_pictures_are_the_mistakes_themselves(golden, network, data, tmp_path):
    image = pytest.importorskip("PIL.Image")
    model, test = trained(golden, network, data, 1)
    page = Page(written(model, tmp_path / "run.html", test))
    wrong = np.flatnonzero(model.predict(test[0]) != test[1])
    assert len(page.addresses) == len(wrong) > 0
    for address, index in zip(page.addresses, wrong, strict=True):
        kind, _, content = address.partition(",")
        assert kind == "data:image/png;base64"
        pixels = np.asarray(image.open(io.BytesIO(base64.b64decode(content))))
        assert (pixels == test[0][index]).all()


def test_simulated_board_is_called_simulated(simulated, network, data, tmp_path):
    """Its cycles are the board's, and speeds say that they are calculated."""
    model, test = trained(simulated, network, data, 1)
    sent = simulated.device.statistics.bytes_sent
    text = Page(written(model, tmp_path / "run.html", test)).text
    counters, program = model.counters, model.program
    rate = speed(program, 80, 3_000_000)
    assert "On a simulated board (sim:tiny), 4 × 4 array." in text
    assert f"speed, calculated {rate.samples:,.0f} samples/s" in text
    shown = f"limited by the {rate.limit} engine alone {rate.engine:,.0f} samples/s"
    assert f"{shown} serial line alone {rate.link:,.0f} samples/s" in text
    assert "Calculated, not measured: for a clock of 80 MHz and a serial line of 3 Mbaud" in text
    assert f"engine alone {rate.engine:,.0f} samples/s" in text
    assert f"serial line alone {rate.link:,.0f} samples/s" in text
    assert "This run, on the simulated board, trained" in text
    assert f"One training step of {counters.cycles:,} cycles" in text
    assert f"{counters.cycles / 4:,.0f} cycles a training sample (counted by the board)" in text
    for name, count in (("forward products", counters.forward_beats),
                        ("gradient products", counters.gradient_beats),
                        ("local update unit", counters.local_cycles),
                        ("array waits for it", counters.wait_cycles)):  # fmt: skip
        assert f"{name} {count:,}, {count / counters.cycles:.1%}" in text
    assert f"bytes sent {sent:,}" in text and simulated.device.statistics.bytes_sent > sent


def test_words_stay_whole_on_narrow_screens(golden, network, data, tmp_path):
    """At 390 pixels a line has about 40 letters, and the first column of a table about half."""
    model, test = trained(golden, network, data, 1, class_names=NAMES)
    command = "python -m lls_hw.train --data /a/very/long/path/to/some/data.npz --report run.html"
    content = written(model, tmp_path / "run.html", test, command=command)
    page = Page(content)
    assert command in page.text
    assert max(map(len, page.unbreakable)) <= 20
    assert "anywhere" not in content and "break-all" not in content and "break-word" not in content


def test_without_test_images_or_training(golden, network, data, tmp_path):
    images, labels = data
    model = lls_hw.Model(golden, network)
    text = Page(written(model, tmp_path / "run.html")).text
    assert "Nothing was trained here" in text and "No test images were given." in text
    model.fit(images, labels)
    text = Page(written(model, tmp_path / "run.htm")).text
    assert f"training accuracy {model.history[0].train_accuracy:.2%}" in text
    assert "Confusion" not in text and "Nothing was trained" not in text


def test_rows_of_values_are_shown_as_images(golden, data, tmp_path):
    images, labels = data
    layers = [lls_hw.Dense(20), lls_hw.Dense(3)]
    flat = lls_hw.Network("flat", [30, 1, 1], layers, lls_hw.Training(batch=4))
    model = lls_hw.Model(golden, flat)
    content = written(model, tmp_path / "run.html", (images, labels))
    address = Page(content).addresses[0]
    width, height = np.frombuffer(base64.b64decode(address.partition(",")[2])[16:24], ">u4")
    assert (width, height) == (5, 6)
    for shape in ((-1, 30), (-1, 1, 6, 5)):
        lls_hw.write_report(model, tmp_path / "run.html", (images.reshape(shape), labels))


@pytest.mark.parametrize(
    ("path", "test", "message"),
    [
        ("run.pdf", None, r"run\.pdf names no page; choose a name that ends in \.html\."),
        ("run", None, r"run names no page"),
        ("none/run.html", None, r"none is not a folder"),
        ("run.html", 3, r"validation is of type int|test is of type int"),
        ("run.html", (np.zeros((2, 5, 5)), [0, 1]), r"The images have the shape \(2, 5, 5\)"),
        ("run.html", (np.zeros((2, 6, 5)), [0]), r"There are 2 images but 1 labels"),
    ],
)
def test_wrong_input_is_refused_at_once(golden, network, tmp_path, path, test, message):
    model = lls_hw.Model(golden, network)
    model.predict = None
    with pytest.raises(lls_hw.LlsError, match=message):
        lls_hw.write_report(model, tmp_path / path, test)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="The model is 7; give an lls_hw.Model"):
        lls_hw.write_report(7, tmp_path / "run.html")
