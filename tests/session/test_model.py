"""A session: training, going on, several models on a board, checkpoints, verification."""

import numpy as np
import pytest
import torch

import lls_hw
import lls_hw.golden.model
from lls_hw.contract.config import preset
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from lls_hw.driver.initial import initial_state
from lls_hw.driver.tally import Tally
from lls_hw.driver.transport import open_transport
from lls_hw.golden.state import integer_model
from lls_hw.golden.verify import Mismatch
from lls_hw.network.file import network_names, network_of, table_of
from lls_hw.network.initial import initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.train import main


def equal(one, other):
    return all((a == b).all() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("device", ["sim:tiny", "golden"])
def test_same_weights_as_the_command_line(device, tmp_path):
    """Samples, order, initial weights and schedule are one."""
    pytest.importorskip("sklearn")
    path = tmp_path / "run"
    options = ["--network", "digits", "--data", "digits", "--limit", "100", "--test-limit", "30"]
    options += ["--device", device, "--seed", "3", "--epochs", "2", "--checkpoint", str(path)]
    assert main(options) == 0
    data, network = lls_hw.load_data("digits"), lls_hw.load_network("digits")
    with lls_hw.Board(device) as board:
        model = lls_hw.Model(board, network, seed=3)
        model.fit(data.train_images[:100], data.train_labels[:100], epochs=2)
        assert equal(model.weights(), load_checkpoint(path).weights)
        assert repr(model) == f"Model('digits', {board!r}, epochs=2)"
        again = lls_hw.Model.load(path, board)
        assert (again.epochs, again.seed, again.network) == (2, 3, network)
        assert equal(again.weights(), model.weights())
        assert again.meta == load_checkpoint(path).meta


def test_a_board_at_the_end_of_a_transport(golden, network, data):
    """It trains as one with an address."""
    with lls_hw.Board(open_transport("sim:tiny")) as board:
        model, other = (lls_hw.Model(device, network, seed=1) for device in (board, golden))
        for each in (model, other):
            each.fit(*data, epochs=1)
        assert equal(model.weights(), other.weights())
        assert (board.kind, board.config) == ("simulated board", preset("tiny"))


def by_hand(network, data, seed, rates):
    """Weights of the golden model after epochs with these learning-rate shifts of each step."""
    batch = network.training.batch
    model = integer_model(network, initial_state(network, batch, seed))
    inputs = torch.from_numpy(quantise(data[0][:, None], network.offset))
    labels = torch.from_numpy(data[1])
    for epoch, shifts in enumerate(rates):
        order = np.random.default_rng((seed, epoch)).permutation(len(labels))
        for step, shift in enumerate(shifts):
            chosen = order[step * batch : (step + 1) * batch]
            model.settings = layer_settings(network, batch, shift)
            model.train_step(inputs[chosen], labels[chosen])
    return [w.numpy() for w in model.weights]


def test_samples_and_rates(golden, data):
    """Order, initial weights and learning rates, against a loop that does not use the session."""
    layers = lls_hw.Dense(20), lls_hw.Dense(3)
    run = lls_hw.Training(batch=4, lr_shifts=(1, 2, 3), schedule="run")
    epochs = lls_hw.Training(batch=4, lr_shifts=(1, 2, 3))
    thirds = [[1] * 5 + [2] * 5 + [3] * 5] * 2
    for training, calls, named, rates in (
        (run, [3], {}, [[1] * 15, [2] * 15, [3] * 15]),
        (run, [1, 1], {}, thirds),
        (run, [1, 2], {"run": 6}, [[1] * 15, [1] * 15, [2] * 15]),
        (epochs, [1, 3], {}, [[1] * 15, [2] * 15, [3] * 15, [3] * 15]),
    ):
        network = lls_hw.Network("rates", (1, 6, 5), layers, training)
        model = lls_hw.Model(golden, network, seed=9)
        for count in calls:
            model.fit(*data, epochs=count, **named)
        assert equal(model.weights(), by_hand(network, data, 9, rates)), (calls, named)


def test_it_starts_with_the_weights_of_its_seed(simulated, network, data):
    model = lls_hw.Model(simulated, network, seed=5)
    first = initial_weights(network, 5)
    assert equal(model.weights(), first)
    model.fit(*data)
    assert all(np.mean(a != b) > 0.1 for a, b in zip(first, model.weights(), strict=True))


def test_history(golden, network, data):
    """Figures of the training steps and of the test after each epoch."""
    model = lls_hw.Model(golden, network)
    first = model.fit(*data, epochs=2, validation=data)
    later = model.fit(*data, epochs=6)
    assert [epoch.epoch for epoch in model.history] == list(range(1, 9))
    assert model.history == [*first, *later] and model.epochs == 8
    assert first[1].test_accuracy is not None and later[-1].test_accuracy is None
    assert later[-1].train_loss < first[0].train_loss
    assert later[-1].array_idle_for_link is None
    found = model.evaluate(*data)
    assert found.samples == 60 and found.accuracy > 0.8
    assert found.accuracy == np.mean(model.predict(data[0]) == data[1])
    probability = model.scores(data[0])[np.arange(60), data[1]]
    assert found.loss == pytest.approx(-np.log(np.maximum(probability, 2**-16)).mean())


def test_going_on_is_like_never_having_stopped(golden, network, data):
    whole, parts = lls_hw.Model(golden, network), lls_hw.Model(golden, network)
    whole.fit(*data, epochs=3)
    parts.fit(*data)
    parts.fit(*data, epochs=2)
    assert equal(whole.weights(), parts.weights())


def test_parts_of_a_run(golden, data):
    """Rates that are spread over a run need its length; each call is otherwise a run of its own."""
    training = lls_hw.Training(batch=4, lr_shifts=(1, 2, 3), schedule="run")
    network = lls_hw.Network("run", (1, 6, 5), (lls_hw.Dense(8), lls_hw.Dense(3)), training)
    whole, parts, alone = (lls_hw.Model(golden, network) for _ in range(3))
    whole.fit(*data, epochs=3)
    for _ in range(3):
        parts.fit(*data, run=3)
        alone.fit(*data)
    assert equal(whole.weights(), parts.weights())
    assert not equal(whole.weights(), alone.weights())
    assert parts.meta["schedule"] == "run of 3 epochs"


def test_models_share_a_board(simulated, network, data):
    """As if each had its own: also training, seeds and networks of other sizes."""
    wide = lls_hw.Network("wide", (1, 6, 5), (lls_hw.Dense(12), lls_hw.Dense(3)))
    apart = []
    for net, seed in ((network, 0), (wide, 1)):
        model = lls_hw.Model(simulated, net, seed=seed)
        model.fit(*data, epochs=2)
        apart.append((model.weights(), model.predict(data[0])))
    one, two = lls_hw.Model(simulated, network), lls_hw.Model(simulated, wide, seed=1)
    for _ in range(2):
        one.fit(*data)
        two.fit(*data)
    for model, (weights, classes) in zip((one, two), apart, strict=True):
        assert equal(model.weights(), weights)
        assert model.predict(data[0]).tolist() == classes.tolist()


def test_a_network_that_does_not_fit_takes_nothing_away(simulated, network, data):
    model = lls_hw.Model(simulated, network)
    model.fit(*data)
    before = model.weights()
    with pytest.raises(lls_hw.LlsError, match="does not fit"):
        lls_hw.Model(simulated, lls_hw.load_network("mlp"))
    assert equal(model.weights(), before)


def test_checkpoints(golden, network, data, tmp_path):
    """They hold the network, names and notes, and training goes on to the same bits."""
    path, names = tmp_path / "rows.safetensors", ("top", "middle", "bottom")
    model = lls_hw.Model(golden, network, seed=2, class_names=names, batch=5)
    model.notes["data"] = "drawn"
    model.fit(*data, checkpoint=path)
    again = lls_hw.Model.load(path, golden)
    assert (again.network, again.seed, again.batch) == (network, 2, 5)
    assert (again.class_names, again.notes, again.epochs) == (names, {"data": "drawn"}, 1)
    model.fit(*data)
    again.fit(*data)
    assert equal(model.weights(), again.weights())
    again.save(path)
    assert load_checkpoint(path).meta["epochs"] == 2


def test_checkpoints_without_their_network(golden, network, data, tmp_path):
    path = tmp_path / "old"
    model = lls_hw.Model(golden, network)
    model.fit(*data)
    state = model.state()
    left = {k: v for k, v in state.meta.items() if k not in ("definition", "epochs")}
    state.meta.clear()
    state.meta.update(left)
    save_checkpoint(path, state)
    with pytest.raises(CheckpointError, match="'rows', but does not hold it; give the network"):
        lls_hw.Model.load(path, golden)
    assert lls_hw.Model.load(path, golden, network).epochs == 1


@pytest.mark.parametrize("name", network_names())
def test_a_network_is_its_table(name):
    network = lls_hw.load_network(name)
    assert network_of(name, table_of(network)) == network


def test_verification(simulated, network, data, monkeypatch):
    """Epoch after epoch beside the golden model; a model that rounds differently is found out."""
    model = lls_hw.Model(simulated, network, verify=True)
    model.fit(*data, epochs=2)
    model.fit(*data)
    monkeypatch.setattr(
        lls_hw.golden.model, "noise", lambda step, layer, i, o: torch.zeros(i, o, dtype=torch.int64)
    )
    with pytest.raises(Mismatch, match="weights of layer"):
        model.fit(*data)


def test_after_an_interruption_it_goes_on(simulated, network, data, monkeypatch):
    """With the weights that the board has by then; the golden model starts from them too."""
    model, add = lls_hw.Model(simulated, network, verify=True), Tally.add

    def interrupted(self, result, labels):
        add(self, result, labels)
        if self.count == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr(Tally, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data)
    monkeypatch.undo()
    assert model.epochs == 0 and not equal(model.weights(), initial_weights(network, 0))
    model.fit(*data)
    assert model.epochs == 1


def test_boards_close(network, data):
    with lls_hw.Board("golden") as board:
        model = lls_hw.Model(board, network)
    assert board.closed
    with pytest.raises(lls_hw.LlsError, match="The board golden is closed; open it again"):
        model.predict(data[0])


def test_cycles(simulated, network, data):
    """Counted by the board, predicted with the golden model, unknown without an engine."""
    model = lls_hw.Model(simulated, network)
    model.fit(*data)
    assert model.counters.cycles == model.program.train_cycles
    assert 0 <= model.history[0].array_idle_for_link < 1
    with lls_hw.Board("golden:tiny") as board:
        predicted = lls_hw.Model(board, network)
        assert predicted.program.train_cycles == model.counters.cycles
        with pytest.raises(lls_hw.LlsError, match="does not fit"):
            lls_hw.Model(board, lls_hw.load_network("mlp"))
    with lls_hw.Board("golden") as board:
        assert lls_hw.Model(board, network).program is None
        lls_hw.Model(board, lls_hw.load_network("mlp"))


def test_progress_without_a_terminal(golden, network, data, capsys):
    model = lls_hw.Model(golden, network)
    model.fit(*data, epochs=2, validation=data, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0] for line in lines] == [
        "epoch 1: 15/15", "test: 15/15", "epoch 2: 15/15", "test: 15/15",
    ]  # fmt: skip
    assert all("accuracy" in line and "loss" in line for line in lines)
    model.fit(*data, validation=data)
    model.evaluate(*data)
    assert capsys.readouterr().out == ""
