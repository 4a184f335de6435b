"""Stored samples on a simulated board: bits, results and checkpoints of samples that are sent."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.registers import Register, Space
from lls_hw.driver.batches import order_of
from lls_hw.driver.checkpoint import load_checkpoint, save_checkpoint
from lls_hw.driver.errors import ExternalMemoryError, InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.stored import batch_transfers
from lls_hw.driver.tally import Tally
from lls_hw.driver.trainer import Trainer, batches_of
from lls_hw.golden.verify import Verifier
from lls_hw.network.network import Conv, Dense, Network
from lls_hw.program.stored import fetch_cycles, link_bytes, stored_size
from lls_hw.simulator.device import simulated_device
from tests.golden.test_outside import CONFIG

DENSE = Network("dense", (1, 3, 7), (Dense(24), Dense(5)))
PACKED = Network(
    "packed", (1, 7, 5), (Conv(outputs=9, pool=True), Conv(outputs=4, cells=2), Dense(5))
)
CHANNELS = Network("channels", (3, 5, 5), (Conv(outputs=9), Dense(5)))
BATCH, SAMPLES, EPOCHS, SEED = 8, 140, 2, 3
TESTED = 21
"""The last batch has 5 samples."""


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


def samples_of(network, count, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.integers(-127, 128, (count, network.inputs)).astype(np.int8),
        rng.integers(0, network.classes, count).astype(np.uint8),
    )


def trainer_of(board, network, outside=frozenset()):
    trainer = Trainer(board, network, BATCH, outside)
    trainer.load(initial_state(network, BATCH, SEED))
    return trainer


def saved(trainer, path):
    """A checkpoint, read back: each array and number as bytes."""
    save_checkpoint(path, trainer.save({"seed": SEED}))
    state = load_checkpoint(path)
    arrays = [a.tobytes() for a in (*state.weights, *state.channels, *state.velocities)]
    return arrays, state.shifts, state.step, state.meta


def sent(board, network, tmp_path, outside):
    """Epochs and tests with samples that are sent: their tallies and checkpoint."""
    trainer = trainer_of(board, network, outside)
    given, tested = samples_of(network, SAMPLES), samples_of(network, TESTED, 1)
    steps, tallies = SAMPLES // BATCH, []
    batches = batches_of(*given, BATCH, SEED)
    for _ in range(EPOCHS):
        epoch, test = [next(batches) for _ in range(steps)], Tally()
        train = Tally()
        for result, (_, labels) in zip(trainer.train(epoch), epoch, strict=True):
            train.add(result, labels)
        for result in trainer.infer(*tested):
            test.add(result, tested[1][test.count : test.count + len(result.prediction)])
        tallies += [train, test]
    return tallies, saved(trainer, tmp_path / "sent")


def same(tallies, others):
    """Counts are equal, losses as the board rounds them."""
    assert len(tallies) == len(others) == 2 * EPOCHS
    for one, other in zip(tallies, others, strict=True):
        assert (one.count, one.correct) == (other.count, other.correct)
        assert one.loss == pytest.approx(other.loss, abs=1e-6 * one.count)


def stored(board, network, tmp_path, outside, room=None):
    """The same with stored samples, of which only `room` fit."""
    trainer = trainer_of(board, network, outside)
    if room is not None:
        trainer._end = CONFIG.external_depth - room * stored_size(trainer.program)
    given = trainer.store(*samples_of(network, SAMPLES))
    tested = trainer.store(*samples_of(network, TESTED, 1))
    assert given.fitting == (SAMPLES if room is None else room)
    assert tested.fitting == (TESTED if room is None else 0)
    tallies = []
    for epoch in range(EPOCHS):
        train, test = Tally(), Tally()
        for counts in trainer.train_stored(given, order_of(SAMPLES, BATCH, SEED, epoch)):
            train.add_counts(counts)
        for counts in trainer.infer_stored(tested):
            test.add_counts(counts)
        tallies += [train, test]
    return tallies, saved(trainer, tmp_path / "stored")


@pytest.mark.parametrize("outside", [frozenset(), frozenset({0, 1})], ids=["inside", "outside"])
@pytest.mark.parametrize("network", [DENSE, PACKED, CHANNELS], ids=lambda network: network.name)
def test_same_bits(board, tmp_path, network, outside):
    """Two epochs with a test after each."""
    tallies, checkpoint = sent(board, network, tmp_path, outside)
    others, other = stored(board, network, tmp_path, outside)
    same(tallies, others)
    assert checkpoint == other


def test_bytes_a_sample(board):
    """At most 8 pass over the link in both directions together."""
    trainer = trainer_of(board, PACKED)
    given, statistics = trainer.store(*samples_of(PACKED, 1000)), board.statistics
    before = statistics.bytes_sent + statistics.bytes_received
    found = list(trainer.train_stored(given, order_of(1000, BATCH, SEED, 0)))
    assert sum(counts.samples for counts in found) == 1000
    passed = statistics.bytes_sent + statistics.bytes_received - before
    assert 6 < passed / 1000 <= 8
    assert passed / 1000 == pytest.approx(link_bytes(trainer.program), abs=0.5)


@pytest.mark.parametrize("room", [0, 1, 77])
@pytest.mark.parametrize("network", [DENSE, PACKED], ids=lambda network: network.name)
def test_what_does_not_fit_is_sent(board, tmp_path, network, room):
    tallies, checkpoint = sent(board, network, tmp_path, frozenset({0}))
    others, other = stored(board, network, tmp_path, frozenset({0}), room)
    same(tallies, others)
    assert checkpoint == other


def test_cycles_of_a_fetch(board):
    """The prediction is within 5 %, with an SDRAM that refreshes."""
    network = Network("wide", (1, 28, 28), (Dense(8), Dense(5)))
    trainer = trainer_of(board, network)
    samples = trainer.store(*samples_of(network, 32))
    (elements, *_) = batch_transfers(trainer.program, samples, np.arange(32), 0)
    with board.together():
        clocks = [board.read_async(Space.CONTROL, Register.CLOCK, 1)]
        board.write(*elements)
        clocks.append(board.read_async(Space.CONTROL, Register.CLOCK, 1))
    begin, end = (int(clock.result()[0]) for clock in clocks)
    assert (end - begin) / 32 == pytest.approx(fetch_cycles(trainer.program), rel=0.05)


def test_results_in_full(board):
    """Those of the golden model, sample by sample."""
    trainer, order = trainer_of(board, PACKED), order_of(SAMPLES, BATCH, SEED, 0)[:5]
    inputs, labels = samples_of(PACKED, SAMPLES)
    golden = Verifier(PACKED, BATCH, initial_state(PACKED, BATCH, SEED))
    results = trainer.train_stored_each(trainer.store(inputs, labels), order)
    for chosen, result in zip(order, results, strict=True):
        golden.step(inputs[chosen], labels[chosen], result)
    golden.check_weights(trainer.save())


def test_wrong_orders(board):
    trainer = trainer_of(board, DENSE)
    samples = trainer.store(*samples_of(DENSE, 10))
    for order, sentence in (
        (np.arange(10), "shape .10,.; name 8 of them"),
        (np.arange(3, 11), "names samples 3 to 10; there are 10"),
        (np.arange(-1, 7), "names samples -1 to 6; there are 10"),
        (np.arange(8.0), "named by float64; give whole numbers"),
    ):
        for train in (trainer.train_stored, trainer.train_stored_each):
            with pytest.raises(InputError, match=sentence):
                next(train(samples, [order]))
    (counts,) = trainer.train_stored(samples, [list(range(8))])
    assert (counts.steps, counts.samples) == (1, 8)


def test_room(board):
    """Sets lie one behind the other; those that are forgotten are refused."""
    trainer = trainer_of(board, DENSE)
    room = trainer.room()
    written = []
    one = trainer.store(*samples_of(DENSE, 600), written.append)
    assert (sum(written), len(written)) == (600, 3)
    other = trainer.store(*samples_of(DENSE, 10, 1))
    assert trainer.room() == room - 610
    trainer.forget(but=1)
    assert trainer.room() == room - 600
    third = trainer.store(*samples_of(DENSE, 20, 2))
    assert third.base == other.base == one.end
    assert sum(counts.samples for counts in trainer.infer_stored(one)) == 600
    elsewhere = trainer_of(board, DENSE)
    for stranger in (trainer, elsewhere):
        for use in (stranger.train_stored, stranger.train_stored_each):
            with pytest.raises(InputError, match="do not lie on the board, or no longer"):
                use(other, [np.arange(8)])
        with pytest.raises(InputError, match="do not lie on the board, or no longer"):
            stranger.infer_stored(other)
    trainer.forget()
    assert trainer.room() == room


def test_wrong_samples(board):
    trainer = trainer_of(board, DENSE)
    inputs, labels = samples_of(DENSE, 10)
    room = trainer.room()
    for wrong, sentence in (
        ((inputs[:, 1:], labels), r"shape .10, 20.; network 'dense' takes .N, 21."),
        ((inputs, labels[1:]), "10 samples but 9 labels"),
        ((inputs, labels + 5), "labels reach from 5 to"),
        ((inputs / 2, labels), "samples are float64; give int8"),
        ((inputs.astype(np.int16), labels), "samples are int16; give int8"),
    ):
        with pytest.raises(InputError, match=sentence):
            trainer.store(*wrong)
    assert (trainer.room(), trainer.stored) == (room, [])
    none = trainer.store(inputs[:0], labels[:0])
    assert list(trainer.infer_stored(none)) == list(trainer.train_stored(none, [])) == []


@pytest.mark.parametrize(
    ("fault", "element"),
    [("absent", 0), ("data_stuck=3:1", 0), ("address_stuck=4:0", 0), ("columns=256", 0)],
)
def test_a_broken_memory_is_noticed(monkeypatch, fault, element):
    """Before anything is trained from it."""
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", fault)
    inputs, labels = samples_of(DENSE, 200)
    with simulated_device(CONFIG) as device:
        trainer = trainer_of(device, DENSE)
        with pytest.raises(ExternalMemoryError, match=f"external memory: element {element} reads"):
            trainer.store(inputs, labels)
        assert trainer.stored == []


def test_weights_in_a_broken_memory_are_noticed(monkeypatch):
    """Before anything is trained with them, without a stored sample."""
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", "absent")
    with simulated_device(CONFIG) as device:
        said = "element 0 reads .*whose weights fit the chip trains without it"
        with pytest.raises(ExternalMemoryError, match=said):
            trainer_of(device, DENSE, frozenset({1}))
        trainer_of(device, DENSE)


@pytest.mark.parametrize("outside", [frozenset(), frozenset({1})])
def test_samples_that_overwrite_what_lies_before_them(monkeypatch, outside):
    """The memory is smaller than said: the second samples lie where the first, or weights, do."""
    monkeypatch.setenv("LLS_HW_SIMULATOR_SDRAM", "rows=2")
    few, many = samples_of(DENSE, 3), samples_of(DENSE, 400, 1)
    with simulated_device(CONFIG) as device:
        trainer = trainer_of(device, DENSE, outside)
        first = trainer.store(*few)
        before = trainer.room()
        with pytest.raises(ExternalMemoryError, match="external memory: element 0 reads"):
            trainer.store(*many)
        assert (trainer.stored, trainer.room()) == ([first], before)


def test_an_engine_without_the_memory_is_named(monkeypatch):
    from tests.driver.fake_board import FakeBoard

    trainer = trainer_of(FakeBoard(replace(CONFIG, external_depth=0)), DENSE)
    with pytest.raises(InputError, match="the fake board has no external memory"):
        trainer.store(*samples_of(DENSE, 10))
