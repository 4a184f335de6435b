"""Channel states on their way to a board and back; what is no state of the network is refused."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.channels import RANGES, ChannelField
from lls_hw.contract.config import preset
from lls_hw.contract.registers import Space
from lls_hw.driver.checkpoint import load_checkpoint, save_checkpoint
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.network.network import Dense, Network, Training
from tests.driver.fake_board import FakeBoard

CONFIG = replace(preset("tiny"), channel_depth=32)
LAYERS = (Dense(6), Dense(9), Dense(4))
NETWORK = Network("n", (1, 2, 5), LAYERS, Training(step="channel"), normalise=True)
PLAIN = Network("plain", (1, 2, 5), LAYERS)
BATCH = 3
STATE = initial_state(NETWORK, BATCH, 0)


def test_they_come_back(tmp_path):
    """Also the lowest and highest values, over a checkpoint."""
    rng = np.random.default_rng(0)
    channels = [np.zeros_like(states) for states in STATE.channels]
    for states in channels:
        for field, limits in RANGES.items():
            states[:, field] = rng.integers(limits[0], limits[-1] + 1, len(states))
            states[:2, field] = limits[0], limits[-1]
    trainer = Trainer(FakeBoard(CONFIG), NETWORK, BATCH)
    trainer.load(replace(STATE, channels=channels))
    save_checkpoint(tmp_path / "state", trainer.save())
    state = load_checkpoint(tmp_path / "state")
    assert all((a == b).all() for a, b in zip(state.channels, channels, strict=True))
    trainer.load(state)
    written = [len(data) for space, _, data in trainer.device.commands if space is Space.CHANNEL]
    assert written == 2 * [4 * 8, 4 * 12, 4 * 4], "whole output tiles of four columns"


@pytest.mark.parametrize("normalise, step", [(True, "layer"), (False, "channel")])
def test_either_option_needs_them(normalise, step):
    network = Network("n", (1, 2, 5), LAYERS, Training(step=step), normalise=normalise)
    trainer = Trainer(FakeBoard(CONFIG), network, BATCH)
    trainer.load(STATE)
    with pytest.raises(InputError, match=r"^The state has no channel states, .* start anew\.$"):
        trainer.load(replace(STATE, channels=[]))


def wrong(layer, change):
    """Channel states of which those of a layer are others."""
    channels = [states.copy() for states in STATE.channels]
    channels[layer] = change(channels[layer])
    return channels


def value(field, number):
    """Sets a field of channel 2."""

    def change(states):
        states[2, field] = number
        return states

    return change


REFUSED = [
    ([], "no channel states, but network 'n' has normalise or step set"),
    (STATE.channels[:2], "channel states of 2 layers; network 'n' has 3"),
    ([*STATE.channels, STATE.channels[0]], "channel states of 4 layers; network 'n' has 3"),
    (wrong(1, lambda states: states[1:]), r"layer 1 have the shape \(8, 6\); .* needs \(9, 6\)"),
    (wrong(2, lambda states: states[:, 1:]), r"layer 2 have the shape \(4, 5\)"),
    ([states[:, :5] for states in STATE.channels], "have no seen: an earlier release made them"),
    (wrong(0, value(ChannelField.UNIT, -1)), r"unit of channel 2 of layer 0 is -1; .* 0\.\.38: "),
    (wrong(0, value(ChannelField.UNIT, 39)), "unit of channel 2 of layer 0 is 39"),
    (wrong(1, value(ChannelField.SIZE, 33)), r"size of channel 2 of layer 1 is 33; .* 0\.\.32: "),
    (wrong(2, value(ChannelField.POWER, -5)), "power of channel 2 of layer 2 is -5"),
    (wrong(2, value(ChannelField.DEVIATION, 1 << 18)), "deviation of channel 2 of layer 2 is 2621"),
    (wrong(0, value(ChannelField.MEAN, 1 << 20)), r"mean of .* is 1048576; .* -1048575\.\.1048575"),
    (wrong(0, value(ChannelField.MEAN, -(1 << 31))), "mean of channel 2 of layer 0 is -21474836"),
]  # fmt: skip


@pytest.mark.parametrize("channels, message", REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_no_state_is_refused(channels, message):
    """Before anything is written."""
    board = FakeBoard(CONFIG)
    trainer = Trainer(board, NETWORK, BATCH)
    board.commands.clear()
    with pytest.raises(InputError, match=message):
        trainer.load(replace(STATE, channels=channels))
    assert board.commands == []


@pytest.mark.parametrize("config", [CONFIG, preset("tiny")], ids=["with memory", "without"])
def test_a_network_without_them(config):
    """It takes states as old checkpoints have them, and none of another network."""
    board = FakeBoard(config)
    trainer = Trainer(board, PLAIN, BATCH)
    trainer.load(replace(STATE, channels=[]))
    assert trainer.save().channels == []
    assert Space.CHANNEL not in {space for space, _, _ in board.commands}
    with pytest.raises(
        InputError, match="channel states, but .* 'plain' has neither normalise nor"
    ):
        trainer.load(STATE)
