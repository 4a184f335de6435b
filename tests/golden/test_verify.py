"""What the comparison of a board with the golden model says."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.channels import ChannelField
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.network.network import Conv, Dense, Network, Training

NETWORK = Network(
    "n", (1, 6, 6), (Conv(outputs=5, cells=2, average=True), Dense(7), Dense(3)),
    Training(step="channel", momentum_shift=2), normalise=True,
)  # fmt: skip
STATE = replace(
    initial_state(NETWORK, 4, 0), velocities=[np.zeros(w, np.int32) for w in NETWORK.shapes]
)


def changed(arrays, layer, place):
    """One element of one layer is larger by one."""
    arrays = [array.copy() for array in arrays]
    arrays[layer][place] += 1
    return arrays


def test_an_equal_state():
    Verifier(NETWORK, 4, STATE).check_weights(STATE)


@pytest.mark.parametrize("field", ChannelField)
def test_a_channel_state_has_field_layer_and_channel(field):
    verifier = Verifier(NETWORK, 4, STATE)
    before = STATE.channels[1][3, field]
    board = replace(STATE, channels=changed(STATE.channels, 1, (3, field)))
    with pytest.raises(Mismatch) as caught:
        verifier.check_weights(board)
    assert str(caught.value) == (
        f"After step 0, 1 values of the channel states of layer 1 differ, the first is "
        f"{field.name} of channel 3: the board has {before + 1}, the golden model {before}."
    )


def test_the_first_layer_and_channel_that_differ():
    """Of several; an earlier result stands before them."""
    channels = changed(STATE.channels, 2, (0, 0))
    for channel in (1, 4):
        channels = changed(channels, 0, (channel, ChannelField.SIZE))
    verifier = Verifier(NETWORK, 4, STATE)
    verifier.failed = "Step 7 failed."
    with pytest.raises(
        Mismatch, match=r"^Step 7 failed\. .* 2 values .* layer 0 .* SIZE of chan.* 1:"
    ):
        verifier.check_weights(replace(STATE, channels=channels))


def test_weights_and_velocities_go_first():
    channels = changed(STATE.channels, 0, (0, 0))
    for what, name in (("weights", "weights"), ("velocities", "velocities")):
        board = replace(
            STATE, channels=channels, **{what: changed(getattr(STATE, what), 1, (2, 3))}
        )
        with pytest.raises(Mismatch, match=rf"1 {name} of layer 1 differ, the first at \[2, 3\]"):
            Verifier(NETWORK, 4, STATE).check_weights(board)


def test_a_state_without_channel_states_is_refused():
    with pytest.raises(InputError, match="has no channel states"):
        Verifier(NETWORK, 4, replace(STATE, channels=[]))
