"""Device: how a board says what it is, and what it is refused for."""

from dataclasses import replace

import pytest

from lls_hw.contract.description import WORDS
from lls_hw.contract.engine import load_engine
from lls_hw.contract.frames import write_command
from lls_hw.contract.registers import DESCRIPTION_START, Space
from lls_hw.driver.connection import Connection
from lls_hw.driver.device import Device
from lls_hw.driver.errors import DigestError, NotOurDevice
from lls_hw.driver.transport import SocketTransport
from lls_hw.session.board import Board
from tests.link.board import CONFIG, pose


def test_finds_its_preset(device):
    assert device.config == CONFIG


def test_a_board_of_another_version(port):
    """Its digest is not that of the engine it describes."""
    pose(port, DIGEST_LOW=0x12345678)
    with pytest.raises(
        DigestError, match=r"another version .* 0x[0-9a-f]{8}12345678, .*lls_hw.build"
    ):
        Device.open(f"socket://127.0.0.1:{port}")


def test_a_description_that_no_engine_has(port):
    pose(port)
    link = Connection(SocketTransport("127.0.0.1", port), "memory")
    link.hello()
    link.send(write_command(Space.CONTROL, DESCRIPTION_START, bytes(4 * WORDS)))
    link.close()
    with pytest.raises(DigestError, match="another version"):
        Device.open(f"socket://127.0.0.1:{port}")


def test_a_board_of_any_engine_describes_itself(port):
    """Nobody tells the driver; the simulated board and the golden model agree on every field."""
    mine = replace(CONFIG, weight_depth=1000, momentum=True, external_depth=1 << 20)
    pose(port, mine)
    with Device.open(f"socket://127.0.0.1:{port}") as device:
        assert device.config == mine


def test_an_expected_engine_is_checked(port, tmp_path):
    engine = tmp_path / "mine.toml"
    engine.write_text('preset = "tiny"\nweight_depth = 1024\n')
    config, url = load_engine(engine), f"socket://127.0.0.1:{port}"
    pose(port, config)
    for named in (None, engine):
        with Board(url, engine=named) as board:
            assert board.config == config
            assert board.url == url
    with pytest.raises(
        DigestError,
        match=r"another engine than the one that was named: weight_depth is 1024 instead of \d+;",
    ):
        Board(url, engine="tiny")


def test_wrong_magic(port):
    pose(port, MAGIC=0xDEADBEEF)
    with pytest.raises(NotOurDevice, match="0xdeadbeef instead of 0x4c4c5331"):
        Device.open(f"socket://127.0.0.1:{port}")
