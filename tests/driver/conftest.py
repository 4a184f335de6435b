"""A memory in place of an engine, behind the link."""

import pytest

from lls_hw.driver.device import Device
from tests.link.board import memory_board, pose


@pytest.fixture(scope="module")
def port():
    with memory_board() as port:
        yield port


@pytest.fixture
def device(port):
    pose(port)
    with Device.open(f"socket://127.0.0.1:{port}") as device:
        yield device
