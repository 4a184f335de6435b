"""The golden model in a board's place: the same bits as simulated boards of three engines."""

import numpy as np
import pytest

import lls_hw
from lls_hw.driver.checkpoint import load_checkpoint

PLAIN = lls_hw.Network(
    "plain", (1, 8, 8), (lls_hw.Dense(24), lls_hw.Dense(16), lls_hw.Dense(10)),
    lls_hw.Training(batch=8, lr_shifts=(1, 2)),
)  # fmt: skip
CHANNELS = lls_hw.Network(
    "channels", (1, 8, 8),
    (
        lls_hw.Conv(outputs=8, cells=2, pool=True),
        lls_hw.Conv(outputs=6, cells=2, average=True),
        lls_hw.Dense(12),
        lls_hw.Dense(10),
    ),
    lls_hw.Training(batch=8, step="channel", momentum_shift=1, lr_shifts=(7, 8), schedule="run"),
    normalise=True, offset=20, predict="vote",
)  # fmt: skip
VARIANTS = lls_hw.Network(
    "variants", (1, 8, 8),
    (
        lls_hw.Conv(outputs=8, cells=2, pool=True, modulation="vector"),
        lls_hw.Dense(16, modulation="matrix"),
        lls_hw.Dense(10),
    ),
    lls_hw.Training(batch=8), basis="cosine",
)  # fmt: skip


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 10, 53)
    pixels = rng.integers(0, 100, (53, 8, 8))
    pixels[np.arange(53), labels % 8] += 150
    return pixels.astype(np.uint8), labels


def outcome(url, network, images, path):
    """Everything that a session tells, and its checkpoint."""
    with lls_hw.Board(url) as board:
        model = lls_hw.Model(board, network, seed=7)
        epochs = model.fit(*images, epochs=2, validation=images)
        figures = [epoch.as_dict() for epoch in epochs]
        for epoch in figures:
            for name in ("seconds", "array_idle_for_link", "link_bytes_per_sample"):
                epoch.pop(name, None)
        model.save(path)
        cycles = model.program.train_cycles
        if board.device:
            assert model.counters.cycles == cycles
        found = model.predict(images[0]), model.scores(images[0]), model.evaluate(*images)
        return (*found, figures, cycles, load_checkpoint(path))


@pytest.mark.parametrize(
    ("preset", "network"),
    [("tiny", PLAIN), ("momentum", CHANNELS), ("variants", VARIANTS)],
    ids=lambda value: getattr(value, "name", value),
)
def test_same_bits_as_a_simulated_board(preset, network, images, tmp_path):
    seen = outcome(f"sim:{preset}", network, images, tmp_path / "simulated")
    model = outcome(f"golden:{preset}", network, images, tmp_path / "golden")
    assert seen[0].tolist() == model[0].tolist()
    assert seen[1].tolist() == model[1].tolist() and seen[1].dtype == model[1].dtype
    assert seen[2:5] == model[2:5]
    one, other = seen[5], model[5]
    assert (one.shifts, one.step, one.meta) == (other.shifts, other.step, other.meta)
    for name in ("weights", "modulations", "velocities", "channels"):
        left, right = getattr(one, name), getattr(other, name)
        assert len(left) == len(right) == (len(network.layers) if right else 0)
        for a, b in zip(left, right, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape and (a == b).all(), name
    assert bool(one.velocities) == bool(one.channels) == (network is CHANNELS)
    assert bool(one.modulations) == (network is VARIANTS)
    sums = seen[1].sum(axis=1)
    assert seen[1].shape == (53, 10) and (sums > 0.99).all() and (sums < 1.01).all()


def test_checkpoints_move_between_board_and_golden_model(images, tmp_path):
    """Half on each ends like all on one."""
    weights = []
    for first, second in (("sim:tiny", "golden"), ("golden", "sim:tiny"), ("golden", "golden")):
        with lls_hw.Board(first) as board:
            lls_hw.Model(board, PLAIN).fit(*images, checkpoint=tmp_path / "half")
        with lls_hw.Board(second) as board:
            model = lls_hw.Model.load(tmp_path / "half", board)
            model.fit(*images)
            weights.append(model.weights())
    for others in weights[1:]:
        assert all((a == b).all() for a, b in zip(weights[0], others, strict=True))


def test_compiled_steps(images):
    """The same weights; one learning rate is compiled."""
    network = lls_hw.Network("small", (1, 8, 8), (lls_hw.Dense(6), lls_hw.Dense(10)))
    weights = []
    for compiled in (False, True):
        with lls_hw.Board("golden", compile=compiled) as board:
            model = lls_hw.Model(board, network)
            model.fit(*images, epochs=2)
            weights.append(model.weights())
    assert all((a == b).all() for a, b in zip(*weights, strict=True))
