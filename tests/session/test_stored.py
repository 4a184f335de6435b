"""Images in the board's external memory: the same training, and fewer bytes on the link."""

from dataclasses import replace

import numpy as np
import pytest

import lls_hw
from lls_hw.contract.registers import Space
from lls_hw.driver.errors import InputError
from lls_hw.golden.verify import Mismatch
from lls_hw.program.stored import stored_size
from lls_hw.session.stored import found
from lls_hw.simulator.device import simulated_device
from tests.golden.test_outside import CONFIG

BATCH = 4


@pytest.fixture(scope="module")
def board():
    """A simulated board with an SDRAM, in the place of a preset."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "lls_hw.session.board.Device.open", lambda url, config: simulated_device(CONFIG)
        )
        with lls_hw.Board("sim") as board:
            yield board


def history(model):
    """What was measured, but for time and link; losses as the board rounds them."""
    return [
        (e.epoch, e.train_accuracy, e.test_accuracy, round(e.train_loss, 5), round(e.test_loss, 5))
        for e in model.history
    ]


def trained(board, network, data, **options):
    model = lls_hw.Model(board, network, seed=3)
    images, labels = data
    tested = images[:11], labels[:11]
    model.fit(images, labels, 2, validation=tested, **options)
    return model


def test_the_same_training(board, network, data):
    sent = trained(board, network, data, store=False)
    weights = sent.weights()
    stored = trained(board, network, data)
    assert (sent.stored, stored.stored) == (0, len(data[0]))
    assert history(sent) == history(stored)
    for one, other in zip(weights, stored.weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    first, second = sent.history[1], stored.history[1]
    assert second.link_bytes_per_sample < first.link_bytes_per_sample / 2


def test_stored_once(board, network, data, capsys):
    """The next call finds the images there, and other images take their place."""
    model = trained(board, network, data, progress=True)
    out = capsys.readouterr().out
    assert "all 60 training images are stored on the board" in out
    assert "all 11 test images are stored on the board" in out
    images, labels = data
    model.fit(images, labels, 2, progress=True)
    assert "stored on the board" not in capsys.readouterr().out
    model.fit(255 - images, labels, 1, store=True)
    assert [len(stored) for stored in model._engine.stored] == [60]
    model.fit(images, labels, 1)  # of another set than the stored one
    assert model.epochs == 6


def test_other_images_and_labels_are_other_samples(board, network, data):
    """The golden model beside the board would notice the images, or labels, of a call before."""
    images, labels = (array.copy() for array in data)
    model = lls_hw.Model(board, network, seed=3, verify=True)
    model.fit(images, labels, 1, store=True)
    before = model.evaluate(images, labels)
    labels[:] = (labels + 1) % 3  # in place: the board has the old ones
    assert model.evaluate(images, labels) != before
    model.fit(images, labels, 2, validation=(images[:9], labels[:9]))
    assert [len(stored) for stored in model._engine.stored] == [60, 9]
    model.fit(images[8:], labels[8:], 1)
    images[:] = 255 - images
    model.fit(images, labels, 1)
    assert model.stored == 60
    model.fit(images, labels, 1, store=True)
    assert [len(stored) for stored in model._engine.stored] == [60]


def test_test_images_make_room_for_others(board, network, data):
    """However many sets are tested on, those to train with stay."""
    images, labels = data
    model = lls_hw.Model(board, network, seed=3)
    for count in (7, 30, 11):
        tested = images[:count], labels[:count]
        model.fit(images, labels, 2, validation=tested)
        stored = model._engine.stored
        assert [len(one) for one in stored] == [60, count]
        assert stored[1].base == stored[0].end
    assert model.history[-1].test_accuracy == model.evaluate(*tested).accuracy


def test_samples_that_are_no_longer_wanted_are_sent(board, network, data):
    model = trained(board, network, data)
    assert model.stored == 60
    (sent,) = model.fit(*data, 1, store=False)
    assert model.stored == 0
    assert model._engine.stored == []
    assert sent.link_bytes_per_sample > 2 * model.history[1].link_bytes_per_sample


def test_storing_that_is_broken_off(board, network, data, monkeypatch):
    """Nothing lies there then; the next call stores all, and trains the right bits."""
    images, labels = data
    model = trained(board, network, data)
    assert model.stored == 60

    def interrupted(*samples):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lls_hw.driver.trainer.store_transfers", interrupted)
        with pytest.raises(KeyboardInterrupt):
            model.fit(255 - images, labels, 2)
    assert model.stored == 0
    model.verify = True
    model.fit(255 - images, labels, 2)
    assert model.stored == 60


def test_another_model_takes_the_memory(board, network, data):
    """The first one stores its images again, and trains on them."""
    one = lls_hw.Model(board, network, seed=3, verify=True)
    one.fit(*data, 2)
    assert one.stored == 60
    other = lls_hw.Model(board, network, seed=4)
    other.fit(data[0][:20], data[1][:20], 2)
    assert (one.stored, other.stored) == (0, 20)
    one.fit(*data, 1)
    assert one.stored == 0
    one.fit(*data, 2)
    assert one.stored == 60


def test_what_fits_is_said(board, network, data, capsys, monkeypatch):
    model = lls_hw.Model(board, network, seed=3)
    engine = model._engine
    room = CONFIG.external_depth - 7 * stored_size(engine.program)
    monkeypatch.setattr(engine, "forget", lambda: setattr(engine, "_end", room))
    model.fit(*data, 2, progress=True)
    assert model.stored == 7
    assert "7 of 60 training images fit the board's external memory" in capsys.readouterr().out


def test_verified(board, network, data):
    """The golden model sees every sample's result; a wrong image on the board is found."""
    images, labels = data
    model = lls_hw.Model(board, network, seed=3, verify=True)
    model.fit(images, labels, 2)
    assert found(model._engine, model._samples(images, labels, None)) is not None
    (stored,) = model._engine.stored
    for first in range(stored.base + 1, stored.end, stored.size):
        model._engine.device.write(Space.EXTERNAL, first, [0x7F7F])
    with pytest.raises(Mismatch, match="sample"):
        model.fit(images, labels, 2)


def test_boards_that_cannot(network, data, golden):
    """The golden model needs no memory, and says so; an engine without one is named."""
    model = lls_hw.Model(golden, network)
    for named in ({}, {"store": None}):
        model.fit(*data, 2, **named)
        assert model.stored == 0
    model.fit(*data, 1, store=False)
    with pytest.MonkeyPatch.context() as patch:
        without = replace(CONFIG, external_depth=0)
        from tests.driver.fake_board import FakeBoard

        patch.setattr("lls_hw.session.board.Device.open", lambda url, config: FakeBoard(without))
        board = lls_hw.Board("sim")
    with pytest.raises(InputError, match="board sim has no external memory to store images in"):
        lls_hw.Model(board, network).fit(*data, store=True)
    for url in ("golden", "golden:tiny", "golden:tiny-sdram"):
        with pytest.raises(InputError, match=f"board {url} is the golden model, which takes ima"):
            lls_hw.Model(lls_hw.Board(url), network).fit(*data, store=True)
