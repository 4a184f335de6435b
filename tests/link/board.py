"""A simulated board with a memory in place of the engine; it compiles in seconds."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lls_hw.contract.config import Config, preset
from lls_hw.contract.description import describe
from lls_hw.contract.frames import write_command
from lls_hw.contract.registers import DESCRIPTION_START, MAGIC, Register, Space
from lls_hw.driver.connection import Connection
from lls_hw.driver.transport import SocketTransport
from lls_hw.gateware.system import System
from lls_hw.simulator.build import build
from tests.link.fake_core import FakeCore

__all__ = ["CONFIG", "memory_board", "pose"]

CONFIG = preset("tiny")


@contextmanager
def memory_board() -> Iterator[int]:
    """Starts one; gives its port."""
    program = build(System(CONFIG, FakeCore()), "with a memory ")
    process = subprocess.Popen(
        [program, "0", "--with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
        process.stdin.close()
        process.wait(timeout=10)


def pose(port: int, config: Config = CONFIG, **registers: int) -> None:
    """Let the memory behind the link answer with an engine's identification."""
    values = {
        "MAGIC": MAGIC,
        "DIGEST_LOW": config.digest & 0xFFFFFFFF,
        "DIGEST_HIGH": config.digest >> 32,
    } | registers
    words = {int(Register[name]): value for name, value in values.items()}
    words |= {DESCRIPTION_START + k: word for k, word in enumerate(describe(config))}
    link = Connection(SocketTransport("127.0.0.1", port), "memory")
    link.hello()
    for address, word in words.items():
        link.send(write_command(Space.CONTROL, address, word.to_bytes(4, "little")))
    link.close()
