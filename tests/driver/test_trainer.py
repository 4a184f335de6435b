"""Trainer: both input buffers, batches that are not full, and what it refuses.

A fake board shows which buffer each command goes to; the simulated one shows that the answers are
right.
"""

import numpy as np
import pytest
import torch

from lls_hw.contract.config import preset
from lls_hw.contract.packing import pack_inputs
from lls_hw.contract.registers import IMAGE_PLACE, Space
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError
from lls_hw.driver.trainer import Trainer
from lls_hw.errors import LlsError
from lls_hw.golden.trainer import GoldenTrainer
from lls_hw.golden.verify import Verifier
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.network import Conv, Dense, Network, NetworkError
from lls_hw.program.compiler import compile_network
from tests.driver.fake_board import FakeBoard

CONFIG = preset("tiny")
DENSE = Network("dense", (1, 2, 5), (Dense(6), Dense(4)))
PACKED = Network("packed", (1, 6, 5), (Conv(outputs=4, cells=2, average=True), Dense(4)))
BATCH = 3


def batches(network, sizes, seed=0):
    """One batch of each size."""
    rng = np.random.default_rng(seed)
    return [
        (
            rng.integers(-127, 128, (size, network.inputs)).astype(np.int8),
            rng.integers(0, network.classes, size).astype(np.uint8),
        )
        for size in sizes
    ]


def state(network):
    return TrainingState(initial_weights(network, 1), initial_shifts(network), step=5)


def loaded(board, network):
    """A trainer of the network, with weights."""
    trainer = Trainer(board, network, BATCH)
    trainer.load(state(network))
    return trainer


@pytest.mark.parametrize("network", [DENSE, PACKED], ids=lambda network: network.name)
def test_results_come_from_the_buffer_that_was_run(network):
    board = FakeBoard(CONFIG)
    trainer = loaded(board, network)
    given = batches(network, [BATCH] * 7)
    results = list(trainer.train(given))
    assert len(results) == len(given)
    for number, ((_, labels), result) in enumerate(zip(given, results, strict=True), 1):
        assert result.prediction.tolist() == labels.tolist()
        assert result.probability.tolist() == [number] * BATCH
    assert [(buffer, start) for buffer, start, _ in board.runs] == [
        (number % 2, 0) for number in range(len(given))
    ]


@pytest.mark.parametrize("network", [DENSE, PACKED], ids=lambda network: network.name)
def test_inputs_lie_where_the_run_looks_for_them(network):
    """A run adds `x_buffer` to the address in buffer 1; the other buffer keeps its samples."""
    board = FakeBoard(CONFIG)
    trainer = loaded(board, network)
    given = batches(network, [BATCH] * 4)
    list(trainer.train(given))
    plan, first = trainer.program.plan, trainer.program.layers[0]
    for number, (_, _, inputs) in enumerate(board.runs):
        for back in (0, 1)[: number + 1]:
            buffer = (number - back) % 2
            samples, _ = given[number - back]
            word = plan.images.base + buffer * plan.x_buffer
            if first.packed:
                place = IMAGE_PLACE.pack(word=word)
                assert inputs[place].tolist() == samples.reshape(-1).tolist()
            else:
                packed = pack_inputs(CONFIG, samples, network.input[0] * 10)
                assert inputs[word * CONFIG.act_word].tolist() == packed.tolist()
        assert len(inputs) == min(number + 1, 2)


def test_inference_with_a_rest():
    """8 samples in batches of 3: the last batch has 2, and so have its labels and results."""
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    ((inputs, labels),) = batches(DENSE, [8])
    board.commands.clear()
    results = list(trainer.infer(inputs, labels))
    assert [len(result.prediction) for result in results] == [3, 3, 2]
    assert np.concatenate([r.prediction for r in results]).tolist() == labels.tolist()
    assert [r.probability.tolist() for r in results] == [[1] * 3, [2] * 3, [3] * 2]
    start = trainer.program.infer_start
    assert [(b, s) for b, s, _ in board.runs] == [(0, start), (1, start), (0, start)]
    written = [len(labels) for space, _, labels in board.commands if space is Space.LABEL]
    assert written == [3, 3, 2]


def test_no_samples_no_run():
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    assert list(trainer.infer(np.zeros((0, DENSE.inputs), np.int8), np.zeros(0, np.uint8))) == []
    assert list(trainer.train([])) == []
    assert board.runs == []


def test_a_result_is_two_batches_late_at_most():
    """Batch n + 1 is sent while batch n is computed; no batch is asked for earlier than that."""
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    taken = 0

    def source():
        nonlocal taken
        for batch in batches(DENSE, [BATCH] * 6):
            taken += 1
            yield batch

    for number, _ in enumerate(trainer.train(source()), 1):
        assert taken == min(number + 2, 6)


def test_the_program_is_loaded_when_the_learning_rate_changes():
    """The first time whole, then what is different."""
    board = FakeBoard(CONFIG)
    trainer = Trainer(board, DENSE, BATCH)
    written = []
    for lr_shift in (1, 1, 2, 2, 1):
        before = len(board.commands)
        trainer.set_learning_rate(lr_shift)
        new = [elements for space, _, elements in board.commands[before:] if space is Space.PROGRAM]
        written.append(sum(map(len, new)))
        elements = trainer.program.elements()
        assert board.memory[Space.PROGRAM][: len(elements)].tolist() == elements
    first, *others = written
    assert first == len(elements)
    assert others[0] == others[2] == 0
    assert 0 < others[1] == others[3] < first // 4


@pytest.mark.parametrize("rate", [1.5, "1", None, True, float("nan"), -9, 17, 2**40])
def test_learning_rates_that_are_none(rate):
    """Neither the board nor the golden model takes them, and both keep the one before."""
    board = FakeBoard(CONFIG)
    trainer, golden = loaded(board, DENSE), GoldenTrainer(DENSE, BATCH)
    golden.load(state(DENSE))
    board.commands.clear()
    for one in (trainer, golden):
        with pytest.raises(NetworkError, match="lr_shift is .*; it must be a whole number, -8..16"):
            one.set_learning_rate(rate)
    assert board.commands == []


def test_learning_rates_of_numpy():
    trainer = loaded(FakeBoard(CONFIG), DENSE)
    trainer.set_learning_rate(np.int64(3))
    assert trainer.program == compile_network(DENSE, CONFIG, BATCH, 3)


@pytest.mark.parametrize("batch", [0, -1, 2.5, float("nan"), "4"])
def test_batches_that_are_none(batch):
    for make in (
        lambda: Trainer(FakeBoard(CONFIG), DENSE, batch),
        lambda: GoldenTrainer(DENSE, batch),
    ):
        with pytest.raises(LlsError, match="The batch size is .*; .* a whole number from 1 on"):
            make()


SAMPLES = np.zeros((BATCH, DENSE.inputs), np.int8)
LABELS = np.zeros(BATCH, np.uint8)


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (SAMPLES[:, 1:], LABELS, r"samples have the shape \(3, 9\); .* takes \(N, 10\)\."),
        (SAMPLES[0], LABELS, r"samples have the shape \(10,\)"),
        (SAMPLES.reshape(BATCH, 2, 5), LABELS, r"samples have the shape \(3, 2, 5\)"),
        (SAMPLES, LABELS[1:], r"There are 3 samples but 2 labels\."),
        (SAMPLES, np.array([0, 4, 1]), r"labels reach from 0 to 4; .* has 4 classes, from 0\."),
        (SAMPLES, np.array([0, -1, 1]), r"labels reach from -1 to 1"),
        (SAMPLES, np.array([0, 1.5, 2]), r"labels are float64; give whole numbers from 0\."),
        (SAMPLES, np.array([0, np.nan, 2]), r"labels are float64"),
        (SAMPLES, LABELS > 0, r"labels are bool"),
        (SAMPLES, LABELS[:, None], r"labels have the shape \(3, 1\); give one a sample: \(N,\)"),
        (SAMPLES, LABELS[0], r"labels are of type uint8; give an array"),
        (SAMPLES, LABELS.tolist(), r"labels are of type list; give an array"),
        (SAMPLES / 2, LABELS, r"samples are float64; give int8"),
        (SAMPLES.astype(np.uint8), LABELS, r"samples are uint8; give int8"),
        (SAMPLES.tolist(), LABELS, r"samples are of type list; give an array"),
    ],
)
def test_what_the_network_cannot_take_is_refused(inputs, labels, message):
    """Before anything is sent: the batch before it is the last that has run."""
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    board.commands.clear()
    with pytest.raises(InputError, match=message):
        list(trainer.train([(inputs, labels)]))
    assert (board.commands, board.runs) == ([], [])
    with pytest.raises(InputError, match=message):
        list(trainer.train([*batches(DENSE, [BATCH]), (inputs, labels)]))
    assert len(board.runs) == 1
    with pytest.raises(InputError, match=message):
        list(trainer.infer(inputs, labels))
    assert len(board.runs) == 1


def test_labels_without_samples_are_refused():
    """Also where the samples fill their batches."""
    trainer = loaded(FakeBoard(CONFIG), DENSE)
    ((inputs, labels),) = batches(DENSE, [2 * BATCH + 1])
    with pytest.raises(InputError, match="There are 6 samples but 7 labels"):
        list(trainer.infer(inputs[:-1], labels))


@pytest.mark.parametrize("size", [BATCH - 1, BATCH + 1, CONFIG.max_batch + 1])
def test_a_training_step_takes_a_whole_batch(size):
    """It would learn from what was left in the buffer, or write into the other one."""
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    with pytest.raises(InputError, match=f"There are {size} samples; a training step takes 3"):
        list(trainer.train(batches(DENSE, [size])))
    assert board.runs == []


@pytest.mark.parametrize("call", ["train", "infer", "scores"])
def test_nothing_runs_on_what_the_board_happens_to_hold(call):
    """Also after the learning rate is set, which is no weight."""
    board = FakeBoard(CONFIG)
    trainer = Trainer(board, DENSE, BATCH)
    trainer.set_learning_rate(1)
    given = {"train": ([],), "infer": (SAMPLES, LABELS), "scores": (SAMPLES,)}[call]
    with pytest.raises(InputError, match=r"Nothing has been loaded onto the board; call load\(\)"):
        getattr(trainer, call)(*given)
    assert board.runs == []


def test_scores_send_samples_once_and_run_once_for_each_class():
    board = FakeBoard(CONFIG)
    trainer = loaded(board, DENSE)
    board.commands.clear()
    ((inputs, _),) = batches(DENSE, [2 * BATCH + 1])
    scores = list(trainer.scores(inputs))
    runs = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    assert [part.tolist() for part in scores] == [[runs[0]] * 3, [runs[1]] * 3, [runs[2]]]
    sent = [space for space, _, _ in board.commands if space in (Space.ACT, Space.LABEL)]
    assert sent == [Space.ACT, *[Space.LABEL] * 4] * 3
    assert [buffer for buffer, _, _ in board.runs] == [0] * 4 + [1] * 4 + [0] * 4
    assert {start for _, start, _ in board.runs} == {trainer.program.infer_start}


def test_weights_of_another_network_are_refused():
    trainer = Trainer(FakeBoard(CONFIG), DENSE, BATCH)
    with pytest.raises(InputError, match=r"weights of layer 0 .* \(30, 4\).* needs \(10, 6\)"):
        trainer.load(state(Network("other", (1, 5, 6), (Dense(4), Dense(4)))))
    with pytest.raises(InputError, match="weights of 3 layers; .* has 2"):
        trainer.load(state(Network("other", (1, 2, 5), (Dense(6), Dense(4), Dense(4)))))


@pytest.fixture(scope="module")
def board():
    with Device.open("sim:tiny") as device:
        yield device


@pytest.mark.parametrize("network", [DENSE, PACKED], ids=lambda network: network.name)
def test_simulated_board(board, network):
    """Training with different batches, then all samples at once with a rest, as the golden one."""
    trainer, first = Trainer(board, network, BATCH), state(network)
    trainer.load(first)
    model = Verifier(network, BATCH, first).model
    given = batches(network, [BATCH] * 5, seed=1)
    results = list(trainer.train(given))
    for (inputs, labels), result in zip(given, results, strict=True):
        expected = model.train_step(torch.from_numpy(inputs), torch.from_numpy(labels))
        assert result.prediction.tolist() == expected.prediction.tolist()
        assert result.probability.tolist() == expected.probability.tolist()
    for count in (1, 2, 3, 8):
        ((inputs, labels),) = batches(network, [count], seed=2)
        seen = list(trainer.infer(inputs, labels))
        expected = model.infer(torch.from_numpy(inputs), torch.from_numpy(labels))
        for name in ("prediction", "probability"):
            found = np.concatenate([getattr(result, name) for result in seen]).tolist()
            assert found == getattr(expected, name).tolist()
    scores = np.concatenate(list(trainer.scores(inputs)))
    assert scores.tolist() == model.probabilities(torch.from_numpy(inputs)).tolist()
    assert (scores[np.arange(8), labels] == np.concatenate([r.probability for r in seen])).all()
    after = trainer.save()
    assert all((a == b.numpy()).all() for a, b in zip(after.weights, model.weights, strict=True))
