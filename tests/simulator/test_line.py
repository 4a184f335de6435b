"""A simulated board behind a line: bytes take their time, both ways."""

import numpy as np
import pytest

import lls_hw
from lls_hw.contract.line import EXPECTED_CLOCK, Line
from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.program.speed import ENGINE
from lls_hw.report.rates import rates_of

ELEMENTS = 1000


@pytest.fixture(scope="module")
def data():
    return lls_hw.load_data("digits")


@pytest.mark.parametrize(("url", "line"), [
    ("sim:tiny@3M", Line(3_000_000)), ("sim:tiny@115200/60M", Line(115_200, 60)),
])  # fmt: skip
def test_bytes_take_their_time(url, line):
    values = np.random.default_rng(1).integers(-32767, 32768, ELEMENTS)
    with Device.open(url) as device:

        def spent(action):
            """Cycles of the board, and bytes there and back."""
            cycles, before = device.counted(), (device.statistics.bytes_sent,
                                                device.statistics.bytes_received)  # fmt: skip
            action()
            return (
                device.counted() - cycles,
                device.statistics.bytes_sent - before[0],
                device.statistics.bytes_received - before[1],
            )

        def write():
            device.write(Space.WEIGHT, 0, values)
            device.flush()

        def read():
            assert (device.read(Space.WEIGHT, 0, ELEMENTS) == values).all()

        for action, direction in ((write, 1), (read, 2)):
            found = spent(action)
            least, spare = found[direction] * line.byte_cycles, 2 * line.byte_cycles
            assert found[direction] >= 2 * ELEMENTS
            # At each end a byte of the frame before or after may be on its way.
            assert least - spare <= found[0] <= 1.15 * least + spare + 8192


def test_training_takes_as_long_as_the_line_says(data):
    """And says so in its results and in its report."""
    with lls_hw.Board("sim:tiny@3M") as board:
        model = lls_hw.Model(board, lls_hw.load_network("digits"), seed=0)
        model.fit(data.train_images[:64], data.train_labels[:64], epochs=1, store=False)
        rates, epoch = rates_of(model), model.history[0]
    line = 64 * epoch.link_bytes_per_sample * board.line.byte_cycles / (1e6 * EXPECTED_CLOCK)
    assert 0.5 * line < epoch.board_seconds < 2 * line, "both directions, a busy computer"
    assert rates.both == pytest.approx(64 / epoch.board_seconds)
    assert rates.measured and rates.limit != ENGINE and 2 * rates.both < rates.engine
    assert "in the time of a board (3 Mbaud, engine at 80 MHz)" in rates.source
    assert epoch.array_idle_for_link > 0.5


def test_without_a_line_there_is_no_time_of_a_board(data):
    with lls_hw.Board("sim:tiny") as board:
        model = lls_hw.Model(board, lls_hw.load_network("digits"), seed=0)
        model.fit(data.train_images[:16], data.train_labels[:16], epochs=1)
        assert model.history[0].board_seconds is None and board.device.counted() is None
